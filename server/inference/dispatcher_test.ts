import assert from "node:assert/strict";
import type { FrameDropCause, StreamSettings } from "@/protocol";
import { Dispatcher, type Job } from "./dispatcher.ts";
import type { FromLane, ToLane } from "./lane_messages.ts";

const SETTINGS: StreamSettings = {
  modelId: "m",
  scoreThreshold: 0.3,
  iouThreshold: 0.5,
  classes: null,
};

/** A dispatcher over lanes that answer when the test says so. */
function setup(lanes: number, ...sources: string[]) {
  const working: { request: ToLane; answer: (answer: FromLane) => void }[] = [];
  const failures: string[] = [];
  const rests: { readonly run: () => void; readonly delayMs: number }[] = [];
  const clock = { nowMs: 0 };
  const lane = {
    ask: (request: ToLane) =>
      new Promise<FromLane>((resolve) => working.push({ request, answer: resolve })),
  };
  const dispatcher = new Dispatcher({
    lanes: Array(lanes).fill(lane),
    now: () => clock.nowMs,
    later: (run, delayMs) => void rests.push({ run, delayMs }),
    onFailure: (message) => failures.push(message),
  });
  for (const source of sources) {
    dispatcher.open(source, { address: source, room: source });
    dispatcher.setSettings(source, SETTINGS);
  }
  const ends: string[] = [];
  const job = (name: string): Job => ({
    jpeg: new Uint8Array(4),
    widthPx: 2,
    heightPx: 1,
    isFollowed: false,
    isPicture: false,
    receiveTimeMs: clock.nowMs,
    expiresAtMs: clock.nowMs + 500,
    onDone: (_result, queueMs) => void ends.push(`${name} done after ${queueMs}`),
    onDrop: (cause: FrameDropCause) => void ends.push(`${name} ${cause}`),
  });
  const answer = async (message?: FromLane) => {
    const result = {
      detections: [],
      picture: null,
      inputPx: { widthPx: 320, heightPx: 256 },
      inferenceTimeMs: clock.nowMs,
      stagesMs: {},
    };
    working.shift()!.answer(message ?? { kind: "done", result, coreBytes: 0 });
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { dispatcher, working, ends, failures, rests, job, answer, clock };
}

Deno.test("Dispatcher works on one frame of a source at a time, and on the newest one next", async () => {
  const { dispatcher, working, ends, job, answer, clock } = setup(2, "a");
  for (const name of ["1", "2", "3"]) dispatcher.submit("a", job(name));
  // The sender is told of 2 when 3 has its turn: it holds its next frame back so long.
  assert.deepEqual([working.length, dispatcher.waiting, ends], [1, 1, []]);
  clock.nowMs = 20;
  await answer();
  assert.deepEqual([working.length, dispatcher.waiting], [1, 0]);
  await answer();
  assert.deepEqual(ends, ["2 superseded", "1 done after 0", "3 done after 20"]);
});

Deno.test("Dispatcher has no more frames in work than lanes, and takes sources in turn", async () => {
  const { dispatcher, working, ends, job, answer } = setup(1, "a", "b", "c");
  for (const name of ["a", "b", "c"]) dispatcher.submit(name, job(name));
  assert.equal(working.length, 1);
  dispatcher.submit("a", job("a2"));
  while (working.length > 0) await answer();
  assert.deepEqual(ends.map((end) => end.split(" ")[0]), ["a", "b", "c", "a2"]);
});

Deno.test("Dispatcher drops what has waited too long, by sweep or when its turn comes", async () => {
  const { dispatcher, ends, job, answer, clock } = setup(1, "a", "b");
  dispatcher.submit("a", job("1"));
  dispatcher.submit("b", job("2"));
  clock.nowMs = 500;
  dispatcher.sweep();
  assert.deepEqual(ends, ["2 expired"]);
  dispatcher.submit("b", job("3"));
  clock.nowMs = 1_000;
  await answer();
  assert.deepEqual(ends, ["2 expired", "3 expired", "1 done after 0"]);
});

Deno.test("Dispatcher keeps nothing of a source that sends however much, and none when it closes", () => {
  const { dispatcher, ends, job } = setup(1, "a", "b");
  dispatcher.submit("b", job("b"));
  for (let at = 0; at < 100; at++) dispatcher.submit("a", job(`${at}`));
  assert.equal(ends.length, 99 - 4);
  dispatcher.close("a");
  assert.equal(ends.length, 100);
  assert.ok(ends.every((end) => end.endsWith(" superseded")));
});

Deno.test("Dispatcher says why a frame failed, and goes on", async () => {
  const { dispatcher, working, ends, failures, job, answer } = setup(1, "a");
  dispatcher.submit("a", job("1"));
  await answer({
    kind: "undone",
    failure: { cause: "bad-jpeg", message: "no JPEG" },
    coreBytes: 0,
  });
  dispatcher.submit("a", job("2"));
  await answer({
    kind: "undone",
    failure: { cause: "failed", message: "no memory" },
    coreBytes: 0,
  });
  dispatcher.submit("a", job("3"));
  await answer({ kind: "failed", message: "not loaded" });
  assert.deepEqual(ends, ["1 bad-jpeg", "2 failed", "3 failed"]);
  assert.deepEqual(failures, ["no memory", "not loaded"]);
  assert.equal(working.length, 0);
});

Deno.test("Dispatcher works on one picture at a time, and lets streams have most of the lanes", async () => {
  const { dispatcher, working, ends, rests, job, answer, clock } = setup(2, "p1", "p2", "a", "p3");
  const picture = (name: string) => dispatcher.submit(name, { ...job(name), isPicture: true });
  picture("p1");
  picture("p2");
  assert.deepEqual([working.length, dispatcher.waiting], [1, 1]);
  clock.nowMs = 100;
  // No stream runs, so none is waited for.
  await answer();
  assert.deepEqual([ends, rests, working.length], [["p1 done after 0"], [], 1]);
  dispatcher.submit("a", job("a"));
  picture("p3");
  clock.nowMs = 140;
  await answer();
  await answer();
  assert.deepEqual(ends.slice(1), ["p2 done after 100", "a done after 0"]);
  assert.deepEqual([rests.map(({ delayMs }) => delayMs), working.length], [[120], 0]);
  rests[0]!.run();
  assert.equal(working.length, 1);
});

Deno.test("Dispatcher drops a frame that no lane takes, and goes on", async () => {
  const { dispatcher, ends, failures, job } = setup(1, "a");
  await dispatcher.hold();
  dispatcher.go([{ ask: () => Promise.reject(new Error("cannot be sent")) }]);
  for (const name of ["1", "2"]) {
    dispatcher.submit("a", job(name));
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.deepEqual([ends, failures.length], [["1 failed", "2 failed"], 2]);
});

Deno.test("Dispatcher lets frames wait for settings, and applies new ones from the next frame on", async () => {
  const { dispatcher, working, job, answer } = setup(1);
  dispatcher.open("a", { address: "a", room: "r" });
  dispatcher.submit("a", job("1"));
  assert.equal(working.length, 0);
  dispatcher.setSettings("a", SETTINGS);
  assert.equal(working.length, 1);
  dispatcher.submit("a", job("2"));
  dispatcher.setSettings("a", { ...SETTINGS, modelId: "other" });
  assert.equal(working.length, 1);
  await answer();
  const { request } = working[0]!;
  assert.ok(request.kind === "frame" && request.job.settings.modelId === "other");
  dispatcher.close("a");
  await answer();
  assert.throws(() => dispatcher.submit("a", job("3")), RangeError);
});

Deno.test("Dispatcher holds frames back, and goes on with other lanes", async () => {
  const { dispatcher, working, ends, job, answer } = setup(1, "a", "b");
  dispatcher.submit("a", job("1"));
  let isHeld = false;
  const held = dispatcher.hold().then(() => isHeld = true);
  dispatcher.submit("b", job("2"));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([isHeld, working.length], [false, 1]);
  await answer();
  await held;
  assert.deepEqual([ends, working.length, dispatcher.waiting], [["1 done after 0"], 0, 1]);
  const asked: string[] = [];
  const lane = (name: string) => ({
    ask: () => (asked.push(name), new Promise<FromLane>(() => {})),
  });
  dispatcher.submit("a", job("3"));
  dispatcher.go([lane("x"), lane("y")]);
  assert.deepEqual(asked.sort(), ["x", "y"]);
  // At once, where nothing is in work.
  await setup(2).dispatcher.hold();
});

Deno.test("Dispatcher counts frames that wait for those of others, not for their own", () => {
  const { dispatcher, job } = setup(1, "a", "b");
  dispatcher.submit("a", job("1"));
  dispatcher.submit("a", job("2"));
  assert.equal(dispatcher.contended, 0);
  dispatcher.submit("b", job("3"));
  assert.equal(dispatcher.contended, 1);
});
