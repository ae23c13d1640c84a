import assert from "node:assert/strict";
import type { CameraName, FromServerMessage, Identity, Instance, ServerCamera } from "@/protocol";
import { loadConfig } from "../base/config.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { memoryLog, visitorAt } from "../testing/helpers.ts";
import { SignalHub } from "./hub.ts";
import type { CameraEvents } from "./hub_parts.ts";

const BALL: ServerCamera = {
  name: "ball" as CameraName,
  kind: "scene",
  status: "idle",
  problem: null,
};
const DOOR: ServerCamera = { ...BALL, name: "door" as CameraName, kind: "rtsp" };
const LOCAL = visitorAt("127.0.0.1");
const STRANGER = visitorAt("192.0.2.9");

/** Stands in for the cameras: what they were told, by connection. */
class FakeCameras implements CameraEvents {
  readonly told: [number, FromServerMessage][] = [];
  readonly seats: number[] = [];

  listFor({ isTrusted }: { isTrusted: boolean }): readonly ServerCamera[] {
    return isTrusted ? [BALL, DOOR] : [BALL];
  }

  seat(connection: number): void {
    this.seats.push(connection);
  }

  receive(connection: number, message: FromServerMessage): void {
    this.told.push([connection, message]);
  }

  sweep(): void {}
}

function setup() {
  const cameras = new FakeCameras();
  const time = { nowMs: 0 };
  const hub = new SignalHub({
    limits: { ...loadConfig({ env: {}, flags: {} }).limits, roomIdleTtlMs: 60_000 },
    log: memoryLog(),
    cameras,
    now: () => time.nowMs,
  });
  const room = newRoom();
  const join = (role: "owner" | "viewer" | "phone", visitor = LOCAL, change = {}) => {
    const link = openTestLink(hub, visitor);
    link.say(joinOf(room, role, change));
    const types = () =>
      link.told.splice(0).map((one) => one.type === "error" ? one.code : one.type);
    return { ...link, types };
  };
  return { hub, cameras, join, time };
}

const use = (name: string, on = true) => ({ type: "use-camera", name, on });

Deno.test("SignalHub tells an owner of the cameras that it may use, and nobody else", () => {
  const { hub, join } = setup();
  const owner = join("owner");
  assert.deepEqual(owner.told.at(-1), { type: "cameras", cameras: [BALL, DOOR] });
  const viewer = join("viewer");
  const phone = join("phone");
  owner.types();
  hub.cameras.changed();
  assert.deepEqual(owner.types(), ["cameras"]);
  assert.ok(![...viewer.types(), ...phone.types()].includes("cameras"));
  assert.deepEqual(setup().join("owner", STRANGER).told.at(-1), {
    type: "cameras",
    cameras: [BALL],
  });
});

Deno.test("SignalHub has a camera come as a peer, which says its name and speaks with viewers", () => {
  const { hub, join, cameras } = setup();
  const owner = join("owner");
  const viewer = join("viewer");
  const phone = join("phone");
  owner.types();
  phone.types();
  viewer.types();
  owner.say(use("ball"));
  const told = owner.told[0];
  assert.ok(told?.type === "peer-joined");
  assert.equal(told.peer.camera, "ball");
  assert.deepEqual([owner.types(), viewer.types(), phone.types()], [["peer-joined"], [
    "peer-joined",
  ], []]);
  const [seat] = cameras.seats;
  const joined = cameras.told[0]?.[1];
  assert.ok(joined?.type === "joined" && joined.peers.length === 2);
  const [to] = joined.peers;
  hub.cameras.say(seat!, { type: "offer", sdp: "v=0", to: to!.id, toInstance: to!.instance });
  assert.deepEqual(owner.told.at(-1), {
    type: "offer",
    sdp: "v=0",
    from: told.peer.id,
    fromInstance: told.peer.instance,
  });
  owner.say({ type: "answer", sdp: "v=0", to: told.peer.id, toInstance: told.peer.instance });
  assert.equal(cameras.told.at(-1)?.[1].type, "answer");
  assert.deepEqual(hub.peersByRole(), { owner: 1, viewer: 1, phone: 1 });
  assert.equal(hub.counts().peers, 3);
});

Deno.test("SignalHub refuses cameras by name: to viewers and phones, unknown ones, and those not for a stranger", () => {
  const { join } = setup();
  const owner = join("owner", STRANGER);
  const viewer = join("viewer");
  const phone = join("phone");
  for (const one of [owner, viewer, phone]) one.types();
  for (const name of ["door", "other"]) {
    owner.say(use(name));
    assert.deepEqual(owner.types(), ["unknown-camera"]);
  }
  for (const one of [viewer, phone]) {
    one.say(use("ball"));
    assert.deepEqual(one.types(), ["not-allowed"]);
  }
  owner.say(use("../door"));
  assert.deepEqual(owner.types(), ["bad-message"]);
  assert.ok(owner.session.ended);
});

Deno.test("SignalHub takes a join that says it is a camera for no message of ours", () => {
  const { join } = setup();
  assert.deepEqual(join("phone", LOCAL, { camera: "ball" }).types(), ["bad-message"]);
});

Deno.test("SignalHub lets a camera stay while its owner's page is loaded again, and go with its room", () => {
  const { hub, join, cameras, time } = setup();
  const identity = "i".repeat(22) as Identity;
  const page = (instance: string) => ({ identity, instance: instance.repeat(22) as Instance });
  const first = join("owner", LOCAL, page("1"));
  first.say(use("ball"));
  const [seat] = cameras.seats;
  first.session.onClose();
  const second = join("owner", LOCAL, page("2"));
  const joined = second.told[0];
  assert.ok(joined?.type === "joined" && joined.peers[0]?.camera === "ball");
  second.session.onClose();
  time.nowMs += 60_000;
  hub.sweep();
  assert.equal(hub.counts().rooms, 0);
  assert.equal(hub.cameras.isSeated(seat!), false);
});

Deno.test("SignalHub has a camera go when its owner says so", () => {
  const { join, cameras } = setup();
  const owner = join("owner");
  owner.say(use("ball"));
  owner.types();
  owner.say(use("ball", false));
  assert.deepEqual(owner.types(), ["peer-left"]);
  const [connection, message] = cameras.told.at(-1)!;
  assert.equal(connection, cameras.seats[0]);
  assert.ok(message.type === "error" && message.code === "ended");
});
