import assert from "node:assert/strict";
import type { Mode, ServedModel } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type {
  Detector,
  DetectorEvents,
  FrameFeed,
  RelayedFrames,
  Side,
} from "../inference/detector.ts";
import type { Effort } from "../inference/effort.ts";
import { waitingWords } from "../inference/remote_words.ts";
import type { DetectionSettings, FrameResult } from "../inference/worker_messages.ts";
import { KEEP_WARM_MS, KEEP_WARM_OFF_MS } from "./detector_pool.ts";
import { ModeRunner, type RunChoices, type RunView } from "./mode_runner.ts";

const INPUT = { widthPx: 416, heightPx: 320 };
const MODEL = { id: "m", sha256: "abc", input: INPUT } as ServedModel;
const SETTINGS = { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null };

function choose(mode: Mode, model: ServedModel, settings = SETTINGS): RunChoices {
  return { mode, model, size: null, detectionFps: null, settings };
}

class FakeDetector implements Detector {
  readonly side: Side;
  readonly events: DetectorEvents;
  feed: FrameFeed | null = null;
  feeds = 0;
  settings: DetectionSettings | null = null;
  effort: Effort | null = null;
  expectedMs: number | null = null;
  isClosed = false;
  readonly expected: (RelayedFrames | null)[] = [];

  constructor(side: Side, events: DetectorEvents) {
    this.side = side;
    this.events = events;
  }
  setFeed(feed: FrameFeed | null): void {
    this.feed = feed;
    if (feed !== null) this.feeds += 1;
  }
  setSettings(settings: DetectionSettings): void {
    this.settings = settings;
  }
  setEffort(effort: Effort): void {
    this.effort = effort;
  }
  expectFrames(relayed: RelayedFrames | null): void {
    this.expected.push(relayed);
  }
  close(): void {
    this.isClosed = true;
  }
}

function setup({ consent: given = true } = {}) {
  let consent = given;
  const timers = new FakeTimers();
  const made: FakeDetector[] = [];
  const results: FrameResult[] = [];
  let view: RunView | undefined;
  let wanted = 0;
  const make = (side: Side) => ({ events }: { events: DetectorEvents }) => {
    const detector = new FakeDetector(side, events);
    made.push(detector);
    return detector;
  };
  const runner = new ModeRunner({
    timers,
    epochMs: () => timers.nowMs(),
    create: { local: make("local"), server: make("server") },
    mayUseServer: () => consent,
    onServerWanted: () => wanted += 1,
    onView: (next) => view = next,
    onResult: (result) => results.push(result),
  });
  runner.setFeed(() => ({}) as FrameFeed);
  const live = (side: Side) => made.filter((one) => one.side === side && !one.isClosed);
  /** Lets time pass; the side in use answers ten frames a second, each so old. */
  const run = async (seconds: number, ageMs: Partial<Record<Side, number>> = {}) => {
    for (let half = 0; half < seconds * 2; half++) {
      const side = view!.side;
      const age = side === null ? undefined : ageMs[side];
      for (let frame = 0; frame < 5; frame++) {
        await timers.advance(100);
        if (age !== undefined) live(side!)[0]!.events.onResult(resultOf(timers.nowMs() - age, age));
      }
      runner.tick({ profile: "balanced", cameraFps: 30, isUnseen: false });
    }
  };
  const allow = (yes: boolean) => consent = yes;
  return {
    timers,
    runner,
    made,
    results,
    live,
    run,
    allow,
    view: () => view!,
    wanted: () => wanted,
  };
}

function resultOf(grabbedAtMs: number, costMs: number): FrameResult {
  return {
    key: null,
    widthPx: 1,
    heightPx: 1,
    inputPx: null,
    detections: [],
    weak: [],
    trackEpoch: null,
    stages: { grab: 0, letterbox: 0, run: costMs, decode: 0, nms: 0, post: 0 },
    grabbedAtMs,
    waitedMs: 0,
    readyAtMs: grabbedAtMs + costMs,
    isPresented: true,
    counts: { received: 0, processed: 0, dropped: {} },
  };
}

Deno.test("ModeRunner changes between the sides with both warm, and never has two of one", async () => {
  const { runner, made, live, view, timers } = setup();
  runner.set(choose("wasm", MODEL));
  assert.deepEqual(made.map(({ side }) => side), ["local"]);
  runner.set(choose("server", MODEL));
  runner.set(choose("wasm", MODEL));
  runner.set(choose("server", MODEL));
  assert.deepEqual(made.map(({ side }) => side), ["local", "server"], "both are kept");
  assert.deepEqual([live("local")[0]!.feed, live("server")[0]!.feed === null], [null, false]);
  assert.equal(view().side, "server");
  await timers.advance(KEEP_WARM_MS);
  assert.deepEqual([live("local").length, live("server").length], [0, 1]);
});

Deno.test("ModeRunner gives frames once, and leaves them alone when only a threshold changes", () => {
  const { runner, live } = setup();
  runner.set(choose("wasm", MODEL));
  for (const scoreThreshold of [0.5, 0.6, 0.7]) {
    runner.set(choose("wasm", MODEL, { ...SETTINGS, scoreThreshold }));
  }
  const [local] = live("local");
  assert.deepEqual([local!.feeds, local!.settings?.scoreThreshold], [1, 0.7]);
  runner.set(choose("wasm", { ...MODEL, sha256: "def" }));
  assert.equal(live("local")[0]!.feeds, 1);
  runner.set(choose("server", { ...MODEL, sha256: "def" }));
  runner.set(choose("wasm", { ...MODEL, sha256: "def" }));
  assert.deepEqual([live("local")[0]!.feeds, live("server")[0]!.feed], [2, null]);
});

Deno.test("ModeRunner in auto leaves a server that no frame reaches any more", async () => {
  const { runner, live, run, view } = setup();
  runner.set(choose("auto", MODEL));
  live("local")[0]!.expectedMs = 70;
  live("server")[0]!.expectedMs = 30;
  await run(5, { local: 80, server: 35 });
  assert.equal(view().side, "server");
  live("server")[0]!.events.onState({ kind: "waiting", message: waitingWords("no-transport") });
  await run(1);
  assert.equal(view().side, "local");
});

Deno.test("ModeRunner keeps detectors for a moment after off, and ends them with another model", async () => {
  const { runner, live, view, timers } = setup();
  runner.set(choose("wasm", MODEL));
  runner.set(choose("off", MODEL));
  assert.equal(view().side, null);
  assert.equal(live("local").length, 1);
  runner.set(choose("wasm", { ...MODEL, sha256: "def" }));
  assert.equal(live("local").length, 1);
  runner.set(choose("off", MODEL));
  await timers.advance(KEEP_WARM_OFF_MS);
  assert.equal(live("local").length, 0);
});

Deno.test("ModeRunner makes a new detector for the same bytes under another id", () => {
  const { runner, live } = setup();
  runner.set(choose("wasm", MODEL));
  const [before] = live("local");
  // Fed in another way: its order of colours, or its labels.
  runner.set(choose("wasm", { ...MODEL, id: "m-bgr" }));
  assert.ok(before!.isClosed);
  assert.equal(live("local").length, 1);
});

Deno.test("ModeRunner hands on results of the side in use only", () => {
  const { runner, live, results } = setup();
  runner.set(choose("wasm", MODEL));
  runner.set(choose("server", MODEL));
  live("local")[0]!.events.onResult(resultOf(0, 1));
  assert.equal(results.length, 0);
  live("server")[0]!.events.onResult(resultOf(0, 1));
  assert.equal(results.length, 1);
});

Deno.test("ModeRunner in auto takes the faster side as measured, and flips both ways with the load", async () => {
  const { runner, live, run, view } = setup();
  runner.set(choose("auto", MODEL));
  await run(5);
  assert.equal(view().side, "local", "nothing is measured yet");
  live("local")[0]!.expectedMs = 70;
  live("server")[0]!.expectedMs = 30;
  await run(5, { local: 80, server: 35 });
  assert.equal(view().side, "server");
  await run(10, { local: 80, server: 400 });
  assert.equal(view().side, "local");
  await run(70, { local: 80, server: 400 });
  assert.equal(view().auto?.local, 80);
});

Deno.test("ModeRunner in auto asks before frames leave, and stays until it may", async () => {
  const { runner, live, run, view, wanted } = setup({ consent: false });
  runner.set(choose("auto", MODEL));
  live("local")[0]!.expectedMs = 70;
  live("server")[0]!.expectedMs = 10;
  await run(6, { local: 80 });
  assert.equal(view().side, "local");
  assert(wanted() > 0);
  assert.equal(live("server")[0]!.feed, null, "no frame goes there");
  runner.set(choose("server", MODEL));
  assert.equal(view().side, null);
});

Deno.test("ModeRunner lowers and restores the effort with what is measured, and says why", async () => {
  const { runner, live, run, view } = setup();
  runner.set(choose("wasm", MODEL));
  await run(2, { local: 50 });
  assert.deepEqual(view().load, { level: "full", reason: null });
  await run(8, { local: 500 });
  assert.equal(view().load.level, "reduced");
  assert.equal(view().load.reason?.kind, "age");
  assert(live("local")[0]!.effort!.minIntervalMs! > 0);
  await run(12, { local: 50 });
  assert.deepEqual(view().load, { level: "full", reason: null });
  assert.equal(live("local")[0]!.effort!.minIntervalMs, 0);
});

Deno.test("ModeRunner examines five frames a second while nobody sees the boxes", () => {
  const { runner, live } = setup();
  runner.set(choose("wasm", MODEL));
  const camera = { profile: "balanced", cameraFps: 30 } as const;
  runner.tick({ ...camera, isUnseen: true });
  assert.equal(live("local")[0]!.effort!.minIntervalMs, 200);
  runner.tick({ ...camera, isUnseen: false });
  assert.equal(live("local")[0]!.effort!.minIntervalMs, 0);
});

Deno.test("ModeRunner keeps to the pace that was chosen, on either side; profile low has its own", () => {
  const { runner, live, view } = setup();
  const interval = (side: Side) => live(side)[0]!.effort!.minIntervalMs;
  const camera = { profile: "balanced", cameraFps: 30, isUnseen: false } as const;
  for (const [mode, side] of [["wasm", "local"], ["server", "server"]] as const) {
    runner.set({ ...choose(mode, MODEL), detectionFps: 5 });
    runner.tick(camera);
    assert.deepEqual([interval(side), view().pace.fps], [200, 5]);
    runner.set(choose(mode, MODEL));
    runner.tick(camera);
    assert.deepEqual([interval(side), view().pace.fps], [0, null]);
    runner.tick({ ...camera, profile: "low" });
    assert.deepEqual([interval(side), view().pace.fps], [100, 10]);
    // A level may ask for less, a person for no more than the profile is for.
    runner.set({ ...choose(mode, MODEL), detectionFps: 60 });
    runner.tick({ ...camera, profile: "low" });
    assert.equal(Math.round(interval(side)!), 67);
  }
});

Deno.test("ModeRunner takes a chosen pace neither for lateness nor for room", async () => {
  const { runner, live, run, view } = setup();
  runner.set({ ...choose("wasm", SIZED), detectionFps: 2 });
  live("local")[0]!.events.onState({ kind: "ready", backend: "wasm", threads: 1, warmRunMs: 40 });
  // Fits into half a second, and not into the 33 ms of the camera.
  await run(12, { local: 40 });
  assert.equal(live("local")[0]!.effort!.sizeLevel, 1);
  assert.equal(view().load.level, "full");
});

Deno.test("ModeRunner says what a pace saves once both were measured", async () => {
  const { runner, run, view } = setup();
  runner.set(choose("wasm", MODEL));
  await run(5, { local: 80 });
  const near = (share: number | null, expected: number) =>
    assert.ok(share !== null && Math.abs(share - expected) < 0.05, `${share}`);
  // Ten a second of 80 ms.
  near(view().pace.runShares.everyFrame, 0.8);
  runner.set({ ...choose("wasm", MODEL), detectionFps: 5 });
  await run(1, { local: 80 });
  assert.equal(view().pace.runShares.now, null);
  await run(4, { local: 40 });
  near(view().pace.runShares.now, 0.4);
  near(view().pace.runShares.everyFrame, 0.8);
  runner.set(choose("server", MODEL));
  await run(1);
  assert.deepEqual(view().pace.runShares, { now: null, everyFrame: null });
});

Deno.test("ModeRunner in auto compares both sides at the pace of now", async () => {
  const { runner, live, run, view } = setup();
  runner.set(choose("auto", MODEL));
  live("local")[0]!.expectedMs = 70;
  live("server")[0]!.expectedMs = 90;
  // At full speed the browser falls behind, and is left for the server.
  await run(6, { local: 200, server: 95 });
  assert.equal(view().side, "server");
  assert.equal(view().auto?.local, 200);
  runner.set({ ...choose("auto", MODEL), detectionFps: 5 });
  await run(1, { server: 95 });
  assert.equal(view().auto?.local, 70, "what it takes without waiting for another");
  await run(6, { local: 72, server: 95 });
  assert.equal(view().side, "local");
});

Deno.test("ModeRunner tries a failed side again when it is chosen again", () => {
  const { runner, live, made, view } = setup();
  runner.set(choose("server", MODEL));
  live("server")[0]!.events.onState({ kind: "failed", code: "crashed", message: "x" });
  assert.equal(view().detector?.kind, "failed");
  runner.set(choose("wasm", MODEL));
  runner.set(choose("server", MODEL));
  assert.deepEqual(made.map(({ side }) => side), ["server", "local", "server"]);
});

const SIZED = {
  id: "sized",
  sha256: "abc",
  input: {
    widthPx: 416,
    heightPx: 320,
    sizes: [
      { landscape: [416, 320], square: [416, 416] },
      { landscape: [320, 256], square: [288, 288] },
    ],
  },
} as unknown as ServedModel;

Deno.test("ModeRunner takes the largest size that keeps up, on either side, or the one chosen", async () => {
  const { runner, live, run } = setup();
  const level = (side: Side) => live(side)[0]!.effort?.sizeLevel;
  runner.set(choose("wasm", SIZED));
  live("local")[0]!.events.onState({ kind: "ready", backend: "wasm", threads: 1, warmRunMs: 10 });
  await run(2, { local: 15 });
  assert.equal(level("local"), 0);
  await run(6, { local: 60 });
  assert.equal(level("local"), 1, "60 ms a frame is too long for 30 a second");

  runner.set(choose("server", SIZED));
  live("server")[0]!.events.onState({ kind: "connected", transport: "websocket", runMs: 40 });
  await run(1, {});
  assert.equal(level("server"), 1, "by the server's own time");
  runner.set({ ...choose("server", SIZED), size: "416x320" });
  await run(1, {});
  assert.equal(level("server"), 0, "a person's choice comes first");
  runner.set({ ...choose("server", SIZED), size: "640x640" });
  await run(1, {});
  assert.equal(level("server"), 1, "a size of another model is none");
});

Deno.test("ModeRunner sends nothing of another source to the server that may not go there", async () => {
  const { runner, live, run, view, allow } = setup();
  for (const mode of ["server", "auto"] as const) {
    allow(true);
    runner.set(choose(mode, MODEL));
    if (mode === "auto") {
      live("local")[0]!.expectedMs = 900;
      live("server")[0]!.expectedMs = 10;
      await run(4);
    }
    assert.equal(view().side, "server");
    // A camera of the server was shown, and now a phone is.
    runner.setFeed(null);
    allow(false);
    runner.setFeed(() => ({}) as FrameFeed);
    assert.notEqual(view().side, "server");
    // Nor is it told of what is not to come.
    if (mode === "server") assert.deepEqual(live("server")[0]!.expected, []);
    assert.equal(live("server")[0]!.feed, null);
  }
});

Deno.test("ModeRunner tells the side that waits what its frames would be like", () => {
  const { runner, live } = setup();
  const atServer = {} as RelayedFrames;
  runner.setFeed(() => ({ relayed: atServer }) as unknown as FrameFeed);
  runner.set(choose("auto", MODEL));
  assert.deepEqual(live("server")[0]!.expected.at(-1), atServer);
  runner.setFeed(() => ({}) as FrameFeed);
  assert.deepEqual(live("server")[0]!.expected.at(-1), null);
  assert.deepEqual(live("local")[0]!.expected, []);
});
