// Takes about 14 s: each test starts processes.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import {
  encodeFrame,
  type FrameDropCause,
  type FrameDropMessage,
  type FrameResultMessage,
  frameResultSchema,
  type LabelledDetection,
} from "@/protocol";
import { MAX_SCANS } from "./picture_cost.ts";
import type { InferenceStats, StreamKey } from "./ipc.ts";
import {
  ACCOUNT,
  childConfig,
  childModels,
  frameOf,
  gradient,
  KEY,
  type Picture,
  SETTINGS,
  TestChild,
} from "./testing/test_child.ts";

const PICTURE = fileURLToPath(new URL("../../models/pictures/coffee.jpg", import.meta.url));
/** COCO's number of what is in it. */
const CUP = 41;

function isResult(answer: FrameResultMessage | FrameDropMessage): answer is FrameResultMessage {
  return "detections" in answer;
}

Deno.test("the inference process answers a frame with its times, and ends with its input", async () => {
  const child = new TestChild(childConfig());
  const { facts } = await child.kind("ready");
  assert.deepEqual([facts.executionProvider, facts.sessions, facts.threadsPerSession], [
    "cpu",
    1,
    2,
  ]);
  assert.ok(facts.runMs["nanodet-m"]! > 0);
  await child.open();

  const beforeMs = Date.now();
  const captureTimeMs = beforeMs - 50.5;
  const captured = { captureTimeMs, captureClock: "phone" } as const;
  await child.sendFrame({ ...frameOf(1, gradient(416, 416)), ...captured, ageMs: 20 });
  const answer = await child.answerTo(1);
  assert.ok(isResult(answer), JSON.stringify(answer));
  assert.ok(v.is(frameResultSchema, answer));
  assert.deepEqual([answer.capture_ts, answer.capture_clock], [captureTimeMs, "phone"]);
  assert.equal(answer.model_id, "nanodet-m");
  assert.ok(Math.abs(answer.recv_ts - beforeMs) < 2_000);
  const stages = ["jpegDecode", "letterbox", "run", "decode", "nms", "post"];
  assert.deepEqual(Object.keys(answer.stages_ms), stages);
  const { post, ...worked } = answer.stages_ms;
  const workedMs = Object.values(worked).reduce((a, b) => a + b, 0);
  assert.ok(post! >= 0 && workedMs <= answer.inference_ts - answer.recv_ts + 1);

  const { stats } = await child.kind("heartbeat", child.received.length);
  assert.deepEqual([stats.streams, stats.framesReceived, stats.framesProcessed], [1, 1, 1]);
  await child[Symbol.asyncDispose]();
  assert.equal((await child.process.status).code, 0);
});

Deno.test("the inference process finds a cup on a table in a picture", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  const picture = { jpeg: await Deno.readFile(PICTURE), widthPx: 600, heightPx: 400 };
  await child.sendFrame(frameOf(9, picture));
  const answer = await child.answerTo(9);
  assert.ok(isResult(answer), JSON.stringify(answer));
  assert.deepEqual([answer.weak_detections, answer.detections[0]?.track_id], [[], null]);
  const labels = new Set(answer.detections.map(({ label }) => label));
  assert.ok(labels.has("cup") && labels.has("dining table"), JSON.stringify(answer.detections));
  const boxes = answer.detections;
  assert.ok(boxes.every(({ xmin, xmax, ymin, ymax }) => xmin < xmax && ymin < ymax));

  await child.sendFrame(frameOf(10, picture));
  const again = await child.answerTo(10);
  assert.ok(isResult(again));
  // The same picture again: each object has an id of its own now, and stands still.
  const ids = again.detections.map((found) => found.track_id);
  assert.ok(ids.every((id) => typeof id === "number") && new Set(ids).size === ids.length);
  assert.equal(again.track_epoch, answer.track_epoch);

  await child.send({ kind: "tap", stream: KEY, on: true });
  await child.open({ ...SETTINGS, classes: [CUP] });
  await child.sendFrame(frameOf(11, picture));
  const { text } = await child.kind("tapped");
  const tapped = v.parse(frameResultSchema, JSON.parse(text));
  assert.deepEqual([...new Set(tapped.detections.map(({ label }) => label))], ["cup"]);

  await child.send(
    { kind: "detect", request: 77, settings: SETTINGS, account: ACCOUNT },
    picture.jpeg,
  );
  const { request, result } = await child.kind("detected");
  assert.equal(request, 77);
  const untracked = ({ track_id: _id, velocity: _velocity, ...found }: LabelledDetection) => found;
  assert.deepEqual(result.detections, answer.detections.map(untracked));
  assert.equal(result.track_epoch, undefined);
});

Deno.test("the inference process names what is wrong with a frame, and goes on", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  const good = gradient(64, 48);
  const changed = (change: (jpeg: Uint8Array) => Uint8Array): Picture => ({
    ...good,
    jpeg: change(good.jpeg.slice()),
  });
  const sizeAt = good.jpeg.findIndex((byte, at) => byte === 0xff && good.jpeg[at + 1] === 0xc0) + 5;
  const bad: Picture[] = [
    changed(() => new TextEncoder().encode("GIF89a and nothing of a JPEG in it")),
    changed((jpeg) => jpeg.subarray(0, jpeg.length >> 1)),
    changed((jpeg) => jpeg.subarray(0, 3)),
    // Says 65535 × 65535 in its own header.
    changed((jpeg) => (jpeg.fill(0xff, sizeAt, sizeAt + 4), jpeg)),
    { ...good, widthPx: 32 },
    { ...good, widthPx: 640, heightPx: 640 },
  ];
  for (const [index, picture] of bad.entries()) {
    await child.sendFrame(frameOf(index + 1, picture));
    const answer = await child.answerTo(index + 1);
    assert.deepEqual(answer, { type: "drop", frame_id: String(index + 1), cause: "bad-jpeg" });
  }
  const manyScans = changed((jpeg) =>
    Uint8Array.of(...Array(MAX_SCANS).fill([0xff, 0xda]).flat(), ...jpeg)
  );
  const larger = { ...good, widthPx: 641 };
  for (const [frameId, picture] of [[50, manyScans], [51, larger]] as const) {
    await child.sendFrame(frameOf(frameId, picture));
    const answer = await child.answerTo(frameId);
    assert.deepEqual(answer, { type: "drop", frame_id: String(frameId), cause: "too-costly" });
  }
  await child.sendFrame(frameOf(99, good));
  assert.ok(isResult(await child.answerTo(99)));
  await child.send(
    { kind: "detect", request: 5, settings: SETTINGS, account: ACCOUNT },
    bad[0]!.jpeg,
  );
  assert.equal((await child.kind("undetected")).cause, "bad-jpeg");
  const since = child.received.length;
  await child.send(
    { kind: "detect", request: 6, settings: SETTINGS, account: ACCOUNT },
    bad[3]!.jpeg,
  );
  assert.equal((await child.kind("undetected", since)).cause, "too-costly");
});

Deno.test("the inference process refuses streams in words of the protocol", async () => {
  await using child = new TestChild(childConfig({ maxStreams: 1 }));
  const stream = "other/stream" as StreamKey;
  await child.send({
    kind: "settings",
    stream,
    settings: { ...SETTINGS, modelId: "nothing" },
    account: ACCOUNT,
  });
  assert.equal((await child.kind("ended")).cause, "unknown-model");
  await child.open();
  const since = child.received.length;
  await child.send({ kind: "settings", stream, settings: SETTINGS, account: ACCOUNT });
  assert.equal((await child.kind("ended", since)).cause, "too-many-streams");
  // What belongs to no stream is nobody's fault: it may have crossed with the end.
  await child.send({ kind: "message", stream, text: null }, new Uint8Array(99));
  await child.send({ kind: "signal", stream: KEY, signal: { kind: "offer", sdp: "nonsense" } });
  await child.next((message) => message.kind === "log" && message.event.includes("refused"));

  const text = JSON.stringify({ type: "clock-ping", nonce: 12 });
  await child.send({ kind: "message", stream: KEY, text: "{" });
  await child.send({ kind: "message", stream: KEY, text });
  const pong = JSON.parse((await child.kind("message")).text);
  assert.deepEqual([pong.type, pong.nonce], ["clock-pong", 12]);
  assert.ok(Math.abs(pong.time_ms - Date.now()) < 2_000);
});

Deno.test("the inference process says which provider does not load; auto takes the CPU", async () => {
  const executionProvider = Deno.build.os === "darwin" ? "dml" : "coreml";
  {
    await using child = new TestChild(childConfig({ executionProvider }));
    assert.match((await child.kind("unable")).message, new RegExp(executionProvider));
    assert.equal((await child.process.status).code, 1);
  }
  const found = { executionProvider: "auto", layout: null, threads: 2 } as const;
  await using child = new TestChild(childConfig(found));
  const { facts } = await child.kind("ready");
  const logged = child.received.flatMap((message) => message.kind === "log" ? [message.event] : []);
  const isPreferred = !logged.includes("inference runs on another provider");
  assert.equal(facts.executionProvider === "cpu", !isPreferred);
  if (isPreferred) return;
  assert.deepEqual([facts.sessions, facts.threadsPerSession, facts.isCalibrated], [1, 2, false]);
});

Deno.test("the inference process finds out how many lanes are best once streams hinder each other", async () => {
  await using child = new TestChild(childConfig({ layout: null, threads: 2 }));
  const { facts } = await child.kind("ready");
  assert.deepEqual([facts.sessions, facts.isCalibrated], [1, false], "one is there at once");
  const streams = ["a", "b", "c"].map((name) => `viewer/${name}` as StreamKey);
  for (const stream of streams) await child.open(SETTINGS, stream);
  const picture = gradient(416, 416);
  let frames = 0;
  let later = child.received.find(({ kind }) => kind === "facts");
  for (; later === undefined && frames < 2_000; frames++) {
    for (const stream of streams) await child.sendFrame(frameOf(frames + 1, picture), stream);
    await new Promise((resolve) => setTimeout(resolve, 10));
    later = child.received.find(({ kind }) => kind === "facts");
  }
  assert.ok(later?.kind === "facts", "not calibrated");
  const { sessions, threadsPerSession, isCalibrated } = later.facts;
  assert.deepEqual([sessions * threadsPerSession, isCalibrated], [2, true]);
  // Whatever came of it, frames go on.
  await child.sendFrame(frameOf(frames + 10, picture), streams[1]);
  await child.next((message) =>
    message.kind === "message" && message.text.includes(`"frame_id":"${frames + 10}"`)
  );
});

Deno.test("the inference process that breaks down once it is ready can be started anew", async () => {
  await using child = new TestChild(childConfig());
  await child.kind("ready");
  await child.sendBytes(new Uint8Array([255, 255, 255, 255]));
  assert.equal((await child.process.status).code, 1);
  const logged = child.received.flatMap((message) => message.kind === "log" ? [message.event] : []);
  assert.ok(logged.includes("inference broke down"), logged.join());
  // Which would be believed for ever.
  assert.ok(!child.received.some(({ kind }) => kind === "unable"));
});

Deno.test({
  name: "the inference process changes a stream's model while it runs",
  ignore: !Deno.env.get("PEERLENS_MODELS"),
  fn: async () => {
    await using child = new TestChild(childConfig());
    await child.open();
    await child.sendFrame(frameOf(1, gradient(320, 240)));
    for (const [index, modelId] of ["yolox-nano", "yolov5n-640", "nanodet-m"].entries()) {
      await child.open({ ...SETTINGS, modelId });
      await child.sendFrame(frameOf(index + 10, gradient(320, 240)));
      const answer = await child.answerTo(index + 10);
      assert.ok(isResult(answer) && answer.model_id === modelId, JSON.stringify(answer));
    }
  },
});

Deno.test("the inference process loads models in a row for one stream while the frames of another go on", async () => {
  const { models, defaultModelId } = await childModels();
  const model = models.find(({ entry }) => entry.id === defaultModelId)!;
  // A few more that are the same, and one that cannot be loaded.
  const ids = ["a", "b", "c"];
  const more = ids.map((id) => ({ ...model, entry: { ...model.entry, id } }));
  const broken = { ...model, entry: { ...model.entry, id: "broken" }, path: `${PICTURE}` };
  const offered = { models: [...models, ...more, broken], defaultModelId };
  await using child = new TestChild(childConfig(), Promise.resolve(offered));
  await child.open();
  const other = "other/stream" as StreamKey;
  let isOver = false;
  let rounds = 0;
  const change = async () => {
    while (!isOver) {
      const modelId = [...ids, "broken", "none", defaultModelId][rounds % 6]!;
      const settings = { ...SETTINGS, modelId };
      // Each round as if of somebody else, so that every one is loaded that can be.
      const account = { ...ACCOUNT, address: `${rounds}` };
      await child.send({ kind: "settings", stream: other, settings, account });
      rounds += 1;
      if (rounds % 4 === 0) await child.send({ kind: "close", stream: other });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  const changing = change();
  const picture = gradient(320, 240);
  const opened = () =>
    child.received.filter((message) => message.kind === "opened" && message.stream === other);
  let frames = 0;
  while (rounds < 60 || opened().length < 4) {
    await child.sendFrame(frameOf(++frames, picture));
    const answer = await child.answerTo(frames);
    assert.ok(isResult(answer), `${frames} ${JSON.stringify(answer)}`);
  }
  isOver = true;
  await changing;
  const ends = child.received.flatMap((message) => message.kind === "ended" ? [message] : []);
  assert.ok(ends.every(({ stream }) => stream === other));
  assert.ok(child.received.every((message) =>
    message.kind !== "log" || message.level !== "error" ||
    message.event === "model does not load"
  ));
  await child[Symbol.asyncDispose]();
  assert.equal((await child.process.status).code, 0);
});

Deno.test("40 000 bad chunks take no memory of the inference process", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  const good = gradient(416, 416);
  let sent = 0;
  /** Figures once every frame sent has come to its end; of a few heartbeats, the least memory. */
  const settled = async (): Promise<InferenceStats> => {
    let best: InferenceStats | null = null;
    for (let beats = 0; beats < 3;) {
      child.received.length = 0;
      const { stats } = await child.kind("heartbeat");
      const { framesReceived, framesProcessed, framesDropped, rssBytes } = stats;
      const dropped = Object.values(framesDropped).reduce((a, b) => a + b, 0);
      if (framesReceived !== sent || framesProcessed + dropped !== sent) continue;
      beats += 1;
      if (rssBytes < (best?.rssBytes ?? Infinity)) best = stats;
    }
    return best!;
  };
  const [partial] = encodeFrame(frameOf(0, good), 16_384);
  const garbage = crypto.getRandomValues(new Uint8Array(2_000));
  const wrongVersion = partial!.with(0, 9);
  const [notJpeg] = encodeFrame(frameOf(0, { ...good, jpeg: garbage }), 16_384);
  const sendBad = async (count: number) => {
    for (let at = 0; at < count; at++) {
      const message = [partial!, garbage, wrongVersion, notJpeg!][at % 4]!;
      sent += 1;
      if (message !== garbage) new DataView(message.buffer).setUint32(12, sent, true);
      await child.send({ kind: "message", stream: KEY, text: null }, message);
      if (at % 5_000 === 0) child.received.length = 0;
    }
  };
  for (; sent < 60; sent++) await child.sendFrame(frameOf(sent, good));
  // The heap takes its size under this load before it is looked at.
  await sendBad(20_000);
  const before = await settled();
  await sendBad(40_000);
  const after = await settled();
  const causes: FrameDropCause[] = ["too-fast", "bad-frame", "incomplete", "bad-jpeg"];
  const { framesDropped } = after;
  assert.ok(causes.every((cause) => framesDropped[cause] > 0), JSON.stringify(framesDropped));
  const growth = after.rssBytes / before.rssBytes;
  // Kept, they would be 80 MB and more.
  assert.ok(growth < 1.25, `${before.rssBytes} → ${after.rssBytes} bytes`);
  await child.sendFrame(frameOf(200_000, good));
  assert.ok(isResult(await child.answerTo(200_000)));
});
