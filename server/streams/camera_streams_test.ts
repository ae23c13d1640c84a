import assert from "node:assert/strict";
import {
  type CameraName,
  decodeChunk,
  type PeerId,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import type { StreamKey, ToChild } from "../inference/ipc.ts";
import { BulkLinks } from "../link/bulk.ts";
import type { RoomPage } from "../link/page.ts";
import { FakeBulkLink, fakePage } from "../link/testing/fake_bulk.ts";
import { StreamGateway } from "./gateway.ts";
import { aboutStream, FACTS, FakeProcess, SETTINGS } from "./testing/fake_process.ts";

const id = (letter: string) => letter.repeat(22);
const BALL = "ball" as CameraName;
const CAMERA = id("k") as PeerId;
const ANNA = fakePage("viewer", id("r"), { address: "a", isTrusted: false });
const BEN = fakePage("viewer", id("r"), { address: "b", isTrusted: false });
const CARL = fakePage("viewer", id("s"), { address: "c", isTrusted: false });

function wish(
  { minIntervalMs = 0, ...settings }: Partial<StreamSettings> & { minIntervalMs?: number } = {},
  phone: PeerId | null = CAMERA,
): ToStreamMessage {
  return aboutStream(id("x"), {
    kind: "settings",
    settings: { ...SETTINGS, ...settings },
    relayed: { phone, clockOffsetMs: null, minIntervalMs },
  });
}

function scene() {
  const process = new FakeProcess();
  const taps: (number | null)[] = [];
  const burned: string[] = [];
  const time = { nowMs: 0 };
  const bulk = new BulkLinks(() => time.nowMs);
  const links = new Map<RoomPage, FakeBulkLink>();
  for (const one of [ANNA, BEN, CARL]) {
    bulk.present(one);
    links.set(one, new FakeBulkLink(bulk, one));
  }
  const gateway = new StreamGateway({
    limits: { maxStreams: 9, maxStreamsPerViewer: 2 },
    process,
    bulk,
    tell: () => {},
    nowMs: () => time.nowMs,
    cameras: {
      cameraOf: (_room, peer) => peer === CAMERA ? BALL : null,
      tap: (_camera, minIntervalMs) => void taps.push(minIntervalMs),
      boxes: (camera, rtpTimestamp, boxes) =>
        void burned.push(`${camera} ${rtpTimestamp} ${boxes.map(({ label }) => label)}`),
    },
  });
  const chunks: { key: StreamKey; id: number; captureMs: number | null }[] = [];
  process.onSend = (message: ToChild, binary) => {
    if (message.kind !== "message" || binary === undefined) return;
    const { frameId, captureTimeMs } = decodeChunk(binary);
    chunks.push({ key: message.stream, id: frameId, captureMs: captureTimeMs });
  };
  return {
    gateway,
    process,
    taps,
    burned,
    time,
    chunks,
    frame: (frameId: number) =>
      gateway.cameras!.frame(BALL, {
        frameId,
        widthPx: 64,
        heightPx: 48,
        captureTimeMs: 5,
        jpeg: new Uint8Array([1, 2, 3]),
      }),
    found: (text: string) => {
      const key = chunks.at(-1)!.key;
      gateway.onMessage({ kind: "message", stream: key, text });
    },
    got: (one: RoomPage) => links.get(one)!.sent.map(({ data }) => data),
  };
}

Deno.test("CameraStreams examines a camera's frame once for all who want the same, and tells each", () => {
  const { gateway, chunks, frame, found, got, taps, process } = scene();
  for (const one of [ANNA, BEN, CARL]) gateway.message(one, wish());
  frame(7);
  assert.deepEqual(chunks, [{ key: "c1" as StreamKey, id: 7, captureMs: 5 }]);
  found('{"frame_id":"7"}');
  for (const one of [ANNA, BEN, CARL]) assert.deepEqual(got(one), ['{"frame_id":"7"}']);
  assert.deepEqual(taps, [0, 0, 0]);
  assert.equal(process.kinds().filter((kind) => kind === "settings").length, 4);
});

Deno.test("CameraStreams keeps those apart who want another model, or other thresholds", () => {
  const { gateway, chunks, frame, found, got } = scene();
  gateway.message(ANNA, wish());
  gateway.message(BEN, wish({ scoreThreshold: 0.9 }));
  frame(1);
  assert.deepEqual(chunks.map(({ key }) => key), ["c1", "c2"]);
  found("only for Ben");
  assert.deepEqual([got(ANNA), got(BEN)], [[], ["only for Ben"]]);
  // Of one mind again.
  gateway.message(BEN, wish());
  frame(2);
  assert.deepEqual(chunks.slice(2).map(({ key }) => key), ["c1"]);
});

Deno.test("CameraStreams lets a stream that a stranger began go on an owner's account", () => {
  const { gateway, frame, process } = scene();
  const accounts = () =>
    process.sent.flatMap(({ json }) =>
      json.kind === "settings" && json.stream.startsWith("c") ? [json.account.isTrusted] : []
    );
  gateway.message(ANNA, wish());
  frame(1);
  const from = { address: "b", isTrusted: true };
  gateway.message({ ...BEN, role: "owner", from }, wish());
  frame(2);
  gateway.message(CARL, wish());
  frame(3);
  assert.deepEqual(accounts(), [false, true]);
});

Deno.test("CameraStreams goes by who wants most frames, and taps nothing that nobody wants", () => {
  const { gateway, taps, chunks, frame, time, process } = scene();
  gateway.message(ANNA, wish({ minIntervalMs: 500 }));
  gateway.message(BEN, wish({ minIntervalMs: 100 }));
  for (time.nowMs = 1_000; time.nowMs < 2_000; time.nowMs += 20) frame(time.nowMs);
  const taken = chunks.length;
  assert.ok(taken === 10 || taken === 11, `${taken} in a second`);
  // Paused by load control, or nothing is shown.
  gateway.message(BEN, wish({}, null));
  gateway.message(ANNA, aboutStream(id("x"), { kind: "close" }));
  assert.deepEqual(taps, [500, 100, 500, null]);
  assert.ok(process.sent.some(({ json }) => json.kind === "close" && json.stream === "c1"));
  frame(9_999);
  assert.equal(chunks.length, taken);
});

Deno.test("CameraStreams tells nobody of a room any more from which the camera has gone", () => {
  const { gateway, chunks, frame, found, got, taps } = scene();
  for (const one of [ANNA, BEN, CARL]) gateway.message(one, wish());
  frame(1);
  gateway.cameras!.left(ANNA.roomId, "door" as CameraName);
  gateway.cameras!.left(ANNA.roomId, BALL);
  found("only for Carl");
  assert.deepEqual([got(ANNA), got(BEN), got(CARL)], [[], [], ["only for Carl"]]);
  gateway.cameras!.left(CARL.roomId, BALL);
  assert.equal(taps.at(-1), null);
  frame(2);
  assert.equal(chunks.length, 1);
});

Deno.test("CameraStreams leaves relayed pictures of phones where they were", () => {
  const { gateway, chunks, taps } = scene();
  const phone = id("p") as PeerId;
  gateway.message(ANNA, wish({}, phone));
  gateway.picture(ANNA, phone, {
    frameId: 3,
    widthPx: 64,
    heightPx: 48,
    captureTimeMs: 5,
    jpeg: new Uint8Array([1]),
  });
  assert.deepEqual(chunks.map(({ key, id }) => [key, id]), [["s1", 3]]);
  assert.deepEqual(taps, []);
});

Deno.test("CameraStreams opens a stream again that the process ended, and none before it is ready", () => {
  const { gateway, chunks, frame, time, process } = scene();
  gateway.message(ANNA, wish());
  frame(1);
  gateway.onMessage({ kind: "ended", stream: "c1" as StreamKey, cause: "closed" });
  frame(2);
  time.nowMs += 1_999;
  frame(2);
  time.nowMs += 1;
  frame(3);
  assert.deepEqual(chunks.map(({ id }) => id), [1, 3]);
  process.state = { kind: "restarting", atMs: 0, failures: 1, reason: "exited", cause: "x" };
  gateway.onLost();
  gateway.message(ANNA, wish());
  frame(4);
  process.state = { kind: "ready", sinceMs: 0, heardMs: 0, failures: 0, facts: FACTS };
  gateway.onReady();
  frame(5);
  assert.deepEqual(chunks.map(({ id }) => id), [1, 3, 5]);
});

Deno.test("CameraStreams publishes results to who reads those of the room, and drops to nobody", () => {
  const { gateway, frame, found } = scene();
  gateway.message(ANNA, wish());
  const read: string[] = [];
  gateway.watchers.add(ANNA.roomId, {
    offer: (text) => read.push(text) > 0,
    maySee: () => true,
    close() {},
  });
  frame(1);
  found('{"type":"drop","frame_id":"1","cause":"expired"}');
  found('{"frame_id":"1"}');
  assert.deepEqual(read, ['{"stream_id":"s1","frame_id":"1"}']);
});

/** What the process says of a frame on which it found a cat. */
const resultOf = (frameId: string) =>
  `{"frame_id":"${frameId}","capture_ts":1,"recv_ts":2,"inference_ts":3,"model_id":"fake",` +
  `"stages_ms":{},"queue_ms":0,"detections":[` +
  `{"label":"cat","score":0.9,"xmin":0,"ymin":0,"xmax":1,"ymax":1}]}`;

Deno.test("CameraStreams tells a camera what is to be drawn into its frames, also past a lost process", () => {
  const { gateway, taps, burned, chunks, frame, found, got, time, process } = scene();
  gateway.cameras!.burn(BALL, SETTINGS);
  assert.ok(taps[0]! > 50 && taps[0]! < 100);
  frame(4_000_000_000);
  found(resultOf("4000000000"));
  found('{"type":"drop","frame_id":"5","cause":"superseded"}');
  assert.deepEqual(burned, ["ball 4000000000 cat"]);
  // Shared with a viewer who wants the same.
  gateway.message(ANNA, wish());
  time.nowMs += 1_000;
  frame(6);
  found(resultOf("6"));
  assert.deepEqual([burned.length, got(ANNA).length], [2, 1]);
  assert.deepEqual(new Set(chunks.map(({ key }) => key)).size, 1);
  gateway.onLost();
  gateway.onReady();
  time.nowMs += 5_000;
  frame(7);
  const settings = process.sent.filter(({ json }) =>
    json.kind === "settings" && json.stream === "c1"
  );
  assert.equal(settings.length, 2, "the stream is opened again");
  gateway.cameras!.burn(BALL, null);
  assert.equal(taps.at(-1), null);
});
