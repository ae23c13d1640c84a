import assert from "node:assert/strict";
import type { FromStreamMessage, Instance, PeerId, RoomId } from "@/protocol";
import type { Viewer } from "../signaling/stream_events.ts";
import { StreamGateway } from "./gateway.ts";
import { STREAM_KEEP_MS } from "./stream_registry.ts";
import { aboutStream, FACTS, FakeProcess, SETTINGS } from "./testing/fake_process.ts";

const id = (letter: string) => letter.repeat(22);
const ANNA: Viewer = {
  roomId: id("r") as RoomId,
  peerId: id("a") as PeerId,
  instance: id("1") as Instance,
};
const BEN: Viewer = { ...ANNA, peerId: id("b") as PeerId };
const STREAM = id("x");
const OPEN = aboutStream(STREAM, { kind: "settings", settings: SETTINGS });

function scene() {
  const process = new FakeProcess();
  const told: [Viewer, FromStreamMessage["body"]][] = [];
  const time = { nowMs: 0 };
  const gateway = new StreamGateway({
    limits: { maxStreams: 3, maxStreamsPerViewer: 2 },
    process,
    tell: (viewer, { body }) => void told.push([viewer, body]),
    now: () => time.nowMs,
  });
  const words = () =>
    told.splice(0).map(([viewer, body]) =>
      [viewer === ANNA ? "Anna" : "Ben", body.kind, body.kind === "ended" ? body.cause : ""]
        .join(" ").trim()
    );
  return { process, gateway, told, words, time };
}

/** A WebSocket that keeps what it is sent, and why it was closed. */
function fakeWire() {
  const seen: string[] = [];
  return {
    seen,
    send: (text: string) => void seen.push(text),
    close: (code: number, reason: string) => void seen.push(`${code} ${reason}`),
  };
}

Deno.test("StreamGateway answers each viewer about its own stream, though the names are the same", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  gateway.message(BEN, OPEN);
  const [annas, bens] = process.opened();
  assert.notEqual(annas, bens);
  gateway.onMessage({ kind: "opened", stream: bens!, modelId: "fake", runMs: null });
  gateway.onMessage({ kind: "signal", stream: annas!, signal: { kind: "answer", sdp: "v=0" } });
  assert.deepEqual(words(), ["Ben opened", "Anna answer"]);
  gateway.message(ANNA, aboutStream(STREAM, { kind: "close" }));
  assert.deepEqual(process.sent.at(-1)?.json, { kind: "close", stream: annas });
  assert.deepEqual(words(), ["Anna ended closed"]);
  gateway.onMessage({ kind: "opened", stream: annas!, modelId: "fake", runMs: null });
  assert.deepEqual(words(), [], "What a closed stream is told reaches nobody");
});

Deno.test("StreamGateway keeps what is wanted while the process starts, and opens it then", () => {
  const { process, gateway, words } = scene();
  process.state = { kind: "starting", sinceMs: 0, heardMs: null, failures: 0 };
  gateway.message(ANNA, OPEN);
  assert.deepEqual([process.kinds(), words()], [[], []]);
  process.state = { kind: "ready", sinceMs: 0, heardMs: 0, failures: 0, facts: FACTS };
  gateway.onReady();
  assert.deepEqual(process.kinds(), ["settings"]);
});

Deno.test("StreamGateway tells every viewer of a restart, and takes its streams anew", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  gateway.message(BEN, OPEN);
  const [annas] = process.opened();
  gateway.message(ANNA, aboutStream(STREAM, { kind: "ticket" }));
  words();
  process.state = { kind: "restarting", atMs: 0, failures: 1, reason: "exited", cause: "x" };
  gateway.onLost();
  assert.deepEqual(words(), ["Anna ended restarting", "Ben ended restarting"]);
  gateway.message(ANNA, aboutStream(STREAM, { kind: "offer", sdp: "v=0" }));
  assert.deepEqual(words(), ["Anna ended restarting"]);
  gateway.message(ANNA, OPEN);
  process.state = { kind: "ready", sinceMs: 0, heardMs: 0, failures: 0, facts: FACTS };
  gateway.onReady();
  assert.equal(process.opened().length, 3);
  assert.notEqual(process.opened()[2], annas);
});

Deno.test("StreamGateway says `unavailable` where nothing will come of it", () => {
  const { process, gateway, words } = scene();
  gateway.message(ANNA, OPEN);
  process.state = { kind: "unable", message: "no GPU" };
  gateway.onUnable();
  gateway.message(BEN, OPEN);
  gateway.message(BEN, aboutStream(STREAM, { kind: "offer", sdp: "v=0" }));
  const expected = ["Anna ended unavailable", "Ben ended unavailable", "Ben ended unavailable"];
  assert.deepEqual(words(), expected);
});

Deno.test("StreamGateway closes streams when their viewer is gone, and their sockets with them", () => {
  const { process, gateway, told, time } = scene();
  gateway.message(ANNA, OPEN);
  gateway.message(ANNA, aboutStream(STREAM, { kind: "ticket" }));
  const [, body] = told.at(-1)!;
  assert.ok(body.kind === "ticket");
  const wire = fakeWire();
  const key = gateway.wires.attach(body.ticket, wire);
  assert.deepEqual(key, process.opened()[0]);
  gateway.absent(ANNA, "lost");
  time.nowMs = STREAM_KEEP_MS;
  gateway.sweep();
  assert.deepEqual(wire.seen, ["1000 ended"]);
  assert.equal(process.kinds().at(-1), "close");
  assert.deepEqual(gateway.counts().streams + gateway.counts().wires, 0);
});

Deno.test("StreamGateway lets a newer socket of a stream replace the older", () => {
  const { gateway, told, process } = scene();
  gateway.message(ANNA, OPEN);
  const wires = [fakeWire(), fakeWire()];
  for (const wire of wires) {
    gateway.message(ANNA, aboutStream(STREAM, { kind: "ticket" }));
    const [, body] = told.at(-1)!;
    assert.ok(body.kind === "ticket");
    gateway.wires.attach(body.ticket, wire);
  }
  const [key] = process.opened();
  gateway.wires.detach(key!, wires[0]!);
  gateway.onMessage({ kind: "message", stream: key!, text: "result" });
  assert.deepEqual(wires.map(({ seen }) => seen), [["1008 replaced"], ["result"]]);
});

Deno.test("StreamGateway copies results for the watchers of their room only", () => {
  const { process, gateway } = scene();
  gateway.message(ANNA, OPEN);
  const watcherOf = (room: string) => {
    const seen: string[] = [];
    const offer = (text: string) => seen.length < 1 && seen.push(text) > 0;
    const close = () => void seen.push("closed");
    return { seen, stop: gateway.watchers.add(id(room) as RoomId, { offer, close }) };
  };
  const ours = watcherOf("r");
  const theirs = watcherOf("q");
  const [key] = process.opened();
  assert.deepEqual(process.sent.at(-1)?.json, { kind: "tap", stream: key, on: true });
  gateway.onMessage({ kind: "tapped", stream: key!, text: '{"frame_id":"1"}' });
  gateway.onMessage({ kind: "tapped", stream: key!, text: '{"frame_id":"2"}' });
  assert.deepEqual([ours.seen, theirs.seen], [[`{"stream_id":"${key}","frame_id":"1"}`], []]);
  assert.equal(gateway.counts().watcherResultsLost, 1);
  gateway.message(BEN, OPEN);
  assert.deepEqual(process.kinds().slice(-2), ["settings", "tap"]);
  ours.stop();
  assert.deepEqual(
    process.sent.slice(-2).map(({ json }) => json.kind === "tap" && json.on),
    [false, false],
  );
  gateway.roomExpired(id("q") as RoomId);
  assert.deepEqual(theirs.seen, ["closed"]);
});
