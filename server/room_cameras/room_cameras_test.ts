import assert from "node:assert/strict";
import type { CameraName, FromServerMessage, PeerInfo, Role, RoomId } from "@/protocol";
import type { CameraSession, ToCameras } from "../cameras/ipc.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import type { CameraHub } from "../rooms/hub_parts.ts";
import { LINGER_MS } from "../link/limits.ts";
import { MAX_CAMERA_SESSIONS } from "./camera_viewers.ts";
import { RoomCameras } from "./room_cameras.ts";

const BALL = "ball" as CameraName;
const DOOR = "door" as CameraName;
const MARKED = "marked" as CameraName;
const secret = (char: string) => char.repeat(22);
const ROOM = secret("r") as RoomId;
const READY: SupervisorState = {
  kind: "ready",
  sinceMs: 0,
  heardMs: 0,
  failures: 0,
  facts: null,
} as SupervisorState;
const RESTARTING = { kind: "restarting" } as SupervisorState;

const peer = (role: Role, name: string, instance = "1") =>
  ({ id: secret(name), role, instance: secret(instance) }) as PeerInfo;
const owner = peer("owner", "A");
const viewer = peer("viewer", "B");
const camera = { ...peer("phone", "C"), camera: BALL };

/** Cameras in one room, with stand-ins for the hub and the process. */
function setup(
  {
    isTrusted = false,
    rooms = 1,
    canBurn = null as boolean | null,
    unable = null as string | null,
  } = {},
) {
  const sent: ToCameras[] = [];
  const said: unknown[] = [];
  const told: string[] = [];
  const burned: string[] = [];
  const gone: string[] = [];
  const process = {
    state: unable === null ? READY : { kind: "unable", message: unable } as SupervisorState,
    send: (message: ToCameras) => void sent.push(message),
  };
  const away = new Set<string>();
  let nowMs = 1_000;
  let changes = 0;
  const hub: CameraHub = {
    say: (connection, message) => void said.push({ connection, ...message }),
    isSeated: () => rooms > 0,
    linkOf: ({ peerId }) =>
      away.has(peerId) ? undefined : {
        visitor: { address: "a", isLocal: false, maySee: true, isTrusted },
        say: (message) => void told.push(message.type === "error" ? message.code : message.type),
      },
    changed: () => void (changes += 1),
  };
  const cameras = new RoomCameras({
    specs: [
      { name: BALL, kind: "scene", source: "" },
      { name: DOOR, kind: "rtsp", source: "rtsp://user:secret@door/" },
      ...(canBurn === null ? [] : [{ name: MARKED, kind: "boxes" as const, source: "ball" }]),
    ],
    canBurn: canBurn === true,
    onLeft: (roomId, name) => void gone.push(`${roomId} ${name}`),
    onBurned: (name, on) => void burned.push(`${name} ${on}`),
    process,
    hub: () => hub,
    iceServers: { forRoom: () => [{ urls: ["stun:s.example"] }] },
    now: () => nowMs,
  });
  const opened = () => sent.flatMap((one) => one.kind === "open" ? [one.session] : []);
  return {
    gone,
    cameras,
    process,
    sent,
    said,
    told,
    burned,
    away,
    opened,
    kinds: () => sent.map(({ kind }) => kind),
    changes: () => changes,
    endRoom: () => void (rooms = 0),
    pass(ms: number) {
      nowMs += ms;
      cameras.sweep();
    },
    join(...peers: PeerInfo[]) {
      cameras.seat(7, { roomId: ROOM, camera: BALL });
      cameras.receive(7, { type: "joined", version: 1, self: camera, peers, iceServers: [] });
    },
  };
}

const left = (who: PeerInfo, reason: "left" | "lost"): FromServerMessage => ({
  type: "peer-left",
  peerId: who.id,
  instance: who.instance,
  reason,
});

const answer = (who: PeerInfo): FromServerMessage => ({
  type: "answer",
  sdp: "v=0",
  from: who.id,
  fromInstance: who.instance,
});

Deno.test("RoomCameras opens one connection for each viewer, and passes its signalling", () => {
  const { cameras, join, sent, said, opened } = setup();
  join(owner);
  cameras.receive(7, { type: "peer-joined", peer: viewer });
  assert.deepEqual(sent[0], {
    kind: "open",
    session: "c1",
    camera: BALL,
    iceServers: [{ urls: ["stun:s.example"] }],
  });
  const [forOwner, forViewer] = opened();
  const none = new Uint8Array(0);
  const offer = { kind: "offer", sdp: "v=0" } as const;
  cameras.onMessage({ kind: "signal", session: forViewer!, signal: offer }, none);
  assert.deepEqual(said, [{
    connection: 7,
    type: "offer",
    sdp: "v=0",
    to: viewer.id,
    toInstance: viewer.instance,
  }]);
  cameras.receive(7, answer(owner));
  assert.deepEqual(sent.at(-1), {
    kind: "signal",
    session: forOwner,
    signal: { kind: "answer", sdp: "v=0" },
  });
});

Deno.test("RoomCameras closes the connection of a viewer that goes, and keeps it over a lost link", () => {
  const { cameras, join, kinds, pass, away } = setup();
  join(owner, viewer);
  cameras.receive(7, answer(viewer));
  cameras.receive(7, left(owner, "left"));
  assert.deepEqual(kinds(), ["open", "open", "signal", "close"]);
  cameras.receive(7, left(viewer, "lost"));
  away.add(viewer.id);
  pass(LINGER_MS - 1);
  assert.equal(cameras.counts().sessions, 1);
  away.clear();
  cameras.receive(7, { type: "peer-joined", peer: viewer });
  pass(LINGER_MS);
  assert.equal(cameras.counts().sessions, 1);
  cameras.receive(7, left(viewer, "lost"));
  pass(LINGER_MS);
  assert.equal(cameras.counts().sessions, 0);
  assert.equal(kinds().at(-1), "close");
});

Deno.test("RoomCameras begins anew with a page that was loaded again, or got no offer", () => {
  const { cameras, join, kinds, opened } = setup();
  join(owner);
  cameras.receive(7, left(owner, "lost"));
  cameras.receive(7, { type: "peer-joined", peer: owner });
  assert.deepEqual(kinds(), ["open", "close", "open"]);
  cameras.receive(7, answer(owner));
  cameras.receive(7, { type: "peer-joined", peer: peer("owner", "A", "2") });
  assert.deepEqual(kinds().slice(-2), ["close", "open"]);
  assert.equal(new Set(opened()).size, 3);
  // What the earlier load still says is of no connection any more.
  cameras.receive(7, answer(owner));
  assert.equal(kinds().at(-1), "open");
});

Deno.test("RoomCameras opens all connections anew when the process is back", () => {
  const { cameras, join, process, opened, changes } = setup();
  join(owner, viewer);
  process.state = RESTARTING;
  cameras.onLost();
  assert.equal(cameras.counts().sessions, 0);
  assert.equal(cameras.listFor({ isTrusted: false })[0]?.status, "stalled");
  assert.equal(changes(), 1);
  // It still speaks of one that was lost.
  const session = "c1" as CameraSession;
  cameras.onMessage({ kind: "ended", session, cause: "lost" }, new Uint8Array(0));
  process.state = READY;
  cameras.onReady();
  assert.equal(opened().length, 4);
});

Deno.test("RoomCameras makes a lost connection anew, later each time it comes to nothing", () => {
  const { cameras, join, opened, pass } = setup();
  join(owner);
  const end = () =>
    cameras.onMessage(
      { kind: "ended", session: opened().at(-1)!, cause: "lost" },
      new Uint8Array(),
    );
  end();
  pass(499);
  assert.equal(opened().length, 1);
  pass(1);
  assert.equal(opened().length, 2);
  end();
  pass(999);
  assert.equal(opened().length, 2);
  pass(1);
  assert.equal(opened().length, 3);
  // One that stood was no failure.
  pass(5_000);
  end();
  pass(500);
  assert.equal(opened().length, 4);
});

Deno.test("RoomCameras ends all of a camera that is taken away, or whose room died", () => {
  const taken = setup();
  taken.join(owner, viewer);
  taken.cameras.receive(7, {
    type: "error",
    code: "ended",
    message: "",
    fatal: true,
  });
  assert.deepEqual(taken.kinds(), ["open", "open", "close", "close"]);
  assert.deepEqual(taken.gone, [`${ROOM} ball`]);
  assert.equal(taken.cameras.counts().seats, 0);
  const dead = setup();
  dead.join(owner);
  dead.endRoom();
  dead.pass(1_000);
  assert.deepEqual(dead.kinds(), ["open", "close"]);
  assert.deepEqual(dead.gone, [`${ROOM} ball`]);
});

Deno.test("RoomCameras takes a camera with boxes drawn in for the one whose frames it has", () => {
  const { cameras, join, gone } = setup({ canBurn: true });
  join(owner);
  const marked = { ...peer("phone", "M"), camera: MARKED };
  cameras.seat(8, { roomId: ROOM, camera: MARKED });
  cameras.receive(8, { type: "joined", version: 1, self: marked, peers: [owner], iceServers: [] });
  assert.equal(cameras.cameraOf(ROOM, marked.id), BALL);
  const end = { type: "error", code: "ended", message: "", fatal: true } as const;
  cameras.receive(8, end);
  assert.deepEqual(gone, [], "the plain one is still there");
  cameras.receive(7, end);
  assert.deepEqual(gone, [`${ROOM} ball`]);
});

Deno.test("RoomCameras says of every camera what is missing, where its process cannot be", () => {
  const { cameras, opened, join } = setup({ unable: "The server has no ffmpeg." });
  const told = cameras.listFor({ isTrusted: true });
  assert.deepEqual(told.map(({ status, problem }) => [status, problem]), [
    ["unavailable", "The server has no ffmpeg."],
    ["unavailable", "The server has no ffmpeg."],
  ]);
  join(owner);
  assert.deepEqual(opened(), []);
});

Deno.test("RoomCameras tells strangers of the drawn scene alone, and nobody an address", () => {
  const { cameras } = setup();
  const names = (isTrusted: boolean) => cameras.listFor({ isTrusted }).map(({ name }) => name);
  assert.deepEqual(names(false), [BALL]);
  assert.deepEqual(names(true), [BALL, DOOR]);
  assert.ok(
    !JSON.stringify([cameras.listFor({ isTrusted: true }), cameras.counts()]).includes("secret"),
  );
});

Deno.test("RoomCameras bounds connections by address, and tells who has no place once", () => {
  const { cameras, join, told, pass, opened } = setup();
  const viewers = Array.from(
    { length: MAX_CAMERA_SESSIONS / 4 + 4 },
    (_, index) => peer("viewer", "abcdefghijklmnopqrstuvwxyz"[index]!),
  );
  join(...viewers);
  const share = MAX_CAMERA_SESSIONS / 4;
  assert.equal(opened().length, share);
  assert.deepEqual(told, Array(viewers.length - share).fill("cameras-busy"));
  pass(10_000);
  assert.equal(told.length, viewers.length - share);
  cameras.receive(7, left(viewers[0]!, "left"));
  pass(10_000);
  assert.equal(opened().length, share + 1);
});

Deno.test("RoomCameras knows which camera a peer is", () => {
  const { cameras, join } = setup();
  join(owner);
  assert.equal(cameras.cameraOf(ROOM, camera.id), BALL);
  assert.equal(cameras.cameraOf(ROOM, owner.id), null);
  assert.equal(cameras.cameraOf(secret("x") as RoomId, camera.id), null);
});

Deno.test("RoomCameras says whose frames are to have boxes drawn in, and that it ends with the process", () => {
  const { cameras, burned } = setup({ canBurn: true });
  const none = new Uint8Array(0);
  cameras.onMessage({ kind: "burned", camera: BALL, on: true }, none);
  cameras.onLost();
  cameras.onLost();
  cameras.onMessage({ kind: "burned", camera: BALL, on: true }, none);
  cameras.onMessage({ kind: "burned", camera: BALL, on: false }, none);
  assert.deepEqual(burned, ["ball true", "ball false", "ball true", "ball false"]);
});

Deno.test("RoomCameras offers no boxes where the server finds nothing, and says why", () => {
  for (const canBurn of [false, true]) {
    const { cameras } = setup({ canBurn });
    cameras.onMessage(
      { kind: "status", camera: MARKED, status: "idle", problem: null },
      new Uint8Array(0),
    );
    const marked = cameras.listFor({ isTrusted: true }).find(({ name }) => name === MARKED)!;
    assert.equal(marked.status, canBurn ? "idle" : "unavailable");
    assert.equal(/--mode server/.test(marked.problem ?? ""), !canBurn);
    assert.ok(!cameras.listFor({ isTrusted: false }).some(({ name }) => name === MARKED));
  }
});
