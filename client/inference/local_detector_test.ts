import assert from "node:assert/strict";
import { epochMs } from "../base/epoch.ts";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { resultOf } from "../metrics/testing/frames.ts";
import type { ServedModel } from "@/protocol";
import type { BrowserFacts } from "./backend_choice.ts";
import type { BackendMemory, BackendVerdict } from "./backend_memory.ts";
import type { DetectorState } from "./detector.ts";
import { effortFor } from "./effort.ts";
import { LocalDetector } from "./local_detector.ts";
import { FakeFeed, FakeWorker } from "./testing/fake_worker.ts";
import type { FrameResult, FromWorker, ToWorker } from "./worker_messages.ts";

/** A detection Worker under the test's control. */
class FakeDetectionWorker extends FakeWorker<ToWorker, FromWorker> {
  get load() {
    return this.of("load")[0];
  }

  ready(warmRunMs = 20): void {
    const { backend, threads } = this.load!;
    this.say({ kind: "ready", backend, threads, warmRunMs });
  }
}

class FakeMemory implements BackendMemory {
  verdict: BackendVerdict | null = null;
  recall(): BackendVerdict | null {
    return this.verdict;
  }
  remember(_model: string, verdict: BackendVerdict): void {
    this.verdict = verdict;
  }
}

const FACTS: BrowserFacts = {
  userAgent: "test",
  maxTouchPoints: 0,
  hardwareConcurrency: 4,
  crossOriginIsolated: true,
  hasWebGpu: false,
};

function setup(facts: Partial<BrowserFacts> = {}, verdict: BackendVerdict | null = null) {
  const workers: FakeDetectionWorker[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const memory = new FakeMemory();
  memory.verdict = verdict;
  const timers = new FakeTimers();
  const detector = new LocalDetector({
    model: { sha256: "abc", title: "Some model" } as ServedModel,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null },
    facts: { ...FACTS, ...facts },
    memory,
    timers,
    startWorker() {
      const worker = new FakeDetectionWorker();
      workers.push(worker);
      return worker;
    },
    onState: (state) => states.push(state),
    onResult: (result) => results.push(result),
    onLoss: () => {},
  });
  const kinds = () => states.map(({ kind }) => kind);
  return { workers, states, results, kinds, memory, timers, detector };
}

Deno.test("LocalDetector gives a Worker its settings before the model, and frames once it is ready", () => {
  const { workers, detector } = setup();
  const feed = new FakeFeed();
  detector.setFeed(feed);
  assert.deepEqual(workers[0]!.sent.map(({ kind }) => kind), ["settings", "load", "stop"]);
  assert.equal(workers[0]!.load?.threads, 3, "a core is left to everything else");
  workers[0]!.ready();
  assert.equal(workers[0]!.sent.at(-1)?.kind, "frame");
  workers[0]!.say({ kind: "accepted" });
  assert.equal(feed.accepted, 1);
  detector.close();
  assert.equal(workers[0]!.isTerminated, true);
  assert.equal(feed.attached, 0);
});

Deno.test("LocalDetector replaces a dead Worker once, with half its threads, then says what to do", () => {
  const { workers, states, kinds, detector } = setup();
  const feed = new FakeFeed();
  detector.setFeed(feed);
  workers[0]!.ready();
  workers[0]!.die();
  assert.equal(workers[0]!.isTerminated, true);
  assert.equal(workers[1]!.load?.threads, 1);
  workers[1]!.ready();
  assert.equal(feed.attached, 1, "the new Worker gets the frames");
  workers[1]!.say({ kind: "failed", code: "out-of-memory", message: "No memory." });
  assert.deepEqual(kinds(), ["ready", "restarting", "ready", "failed"]);
  assert.equal(workers.length, 2);
  const last = states.at(-1)!;
  assert.match(last.kind === "failed" ? last.message : "", /No memory\. .*reload/);
});

Deno.test("LocalDetector brings each new Worker to the pace that it was given", () => {
  const { workers, detector } = setup();
  detector.setEffort(effortFor("latest-only", "balanced"));
  workers[0]!.ready();
  workers[0]!.die();
  workers[1]!.ready();
  assert.deepEqual(workers[1]!.of("pace"), [{ kind: "pace", minIntervalMs: 200 }]);
  detector.close();
});

Deno.test("LocalDetector does not try a damaged or missing model again", () => {
  for (
    const code of ["model-missing", "model-damaged", "model-shape", "runtime-missing"] as const
  ) {
    const { workers, kinds } = setup();
    workers[0]!.say({ kind: "failed", code, message: "x" });
    assert.deepEqual(kinds(), ["failed"]);
    assert.equal(workers.length, 1);
  }
});

Deno.test("LocalDetector changes over to WebGPU where it measures faster, and remembers it", () => {
  const { workers, kinds, memory, detector } = setup({ hasWebGpu: true });
  const feed = new FakeFeed();
  detector.setFeed(feed);
  workers[0]!.ready(20);
  assert.equal(workers[1]!.load?.backend, "webgpu");
  assert.equal(feed.attached, 1, "WASM goes on meanwhile");
  workers[1]!.ready(5);
  assert.equal(memory.verdict?.backend, "webgpu");
  assert.deepEqual([workers[0]!.isTerminated, workers[1]!.isTerminated], [true, false]);
  assert.deepEqual(kinds(), ["ready", "ready"]);
  workers[1]!.die();
  assert.equal(workers[2]!.load?.backend, "wasm", "a WebGPU that dies is not trusted again");
  assert.equal(memory.verdict?.backend, "wasm");
  detector.close();
});

Deno.test("LocalDetector keeps WASM where WebGPU fails or is no faster, and never asks on iOS", () => {
  for (const end of ["slow", "failed", "dead"] as const) {
    const { workers, kinds, memory, detector } = setup({ hasWebGpu: true });
    workers[0]!.ready(20);
    if (end === "slow") workers[1]!.ready(19);
    else if (end === "dead") workers[1]!.die();
    else workers[1]!.say({ kind: "failed", code: "backend-failed", message: "x" });
    assert.equal(workers[1]!.isTerminated, true);
    assert.equal(memory.verdict?.backend, "wasm");
    assert.deepEqual(kinds(), ["ready"]);
    detector.close();
  }
  const { workers, detector } = setup({ hasWebGpu: true, userAgent: "iPhone" });
  workers[0]!.ready();
  assert.equal(workers.length, 1);
  assert.equal(workers[0]!.load?.threads, 1);
  detector.close();
});

Deno.test("LocalDetector takes a Worker that is silent for dead, but not one that is given no frames", async () => {
  const { workers, kinds, timers, detector } = setup();
  const feed = new FakeFeed();
  feed.isFlowing = () => true;
  detector.setFeed(feed);
  workers[0]!.ready();
  detector.setEffort(effortFor("paused", "balanced"));
  await timers.advance(60_000);
  assert.deepEqual(kinds(), ["ready"]);
  detector.setEffort(effortFor("latest-only", "balanced"));
  await timers.advance(19_000);
  assert.deepEqual(kinds(), ["ready"], "silence counts anew from here");
  await timers.advance(1_000);
  assert.deepEqual(kinds(), ["ready", "restarting"]);
  detector.close();
  assert.equal(timers.pending, 0);
});

Deno.test("LocalDetector replaces a Worker that does not start, with as many threads, and is patient then", async () => {
  const { workers, states, kinds, memory, timers } = setup();
  workers[0]!.say({ kind: "starts", part: "runtime" });
  await timers.advance(5_000);
  workers[0]!.say({ kind: "starts", part: null });
  await timers.advance(60_000);
  assert.deepEqual(kinds(), [], "what is loaded may take its time");
  workers[0]!.say({ kind: "starts", part: "model" });
  await timers.advance(60_000);
  assert.equal(workers[0]!.isTerminated, true);
  assert.equal(workers[1]!.load?.threads, 3);
  assert.equal(memory.verdict, null, "nothing is remembered against it");
  workers[1]!.say({ kind: "starts", part: "runtime" });
  await timers.advance(110_000);
  assert.deepEqual(kinds(), ["restarting"]);
  await timers.advance(10_000);
  assert.deepEqual(kinds(), ["restarting", "failed"]);
  const last = states.at(-1)!;
  assert.match(last.kind === "failed" ? last.message : "", /did not start\. .*reload/);
  assert.equal(timers.pending, 0);
});

Deno.test("LocalDetector replaces a Worker that crashes after one that did not start", async () => {
  const { workers, kinds, timers, detector } = setup();
  workers[0]!.say({ kind: "starts", part: "runtime" });
  await timers.advance(10_000);
  workers[1]!.say({ kind: "starts", part: "runtime" });
  workers[1]!.ready();
  await timers.advance(120_000);
  workers[1]!.die();
  assert.deepEqual(kinds(), ["restarting", "ready", "restarting"]);
  assert.equal(workers[2]!.load?.threads, 1);
  detector.close();
  assert.equal(timers.pending, 0);
});

Deno.test("LocalDetector gives up a WebGPU that does not start, and goes on", async () => {
  const { workers, kinds, memory, timers, detector } = setup({ hasWebGpu: true });
  workers[0]!.ready();
  workers[1]!.say({ kind: "starts", part: "model" });
  await timers.advance(60_000);
  assert.equal(workers[1]!.isTerminated, true);
  assert.equal(memory.verdict?.backend, "wasm");
  assert.deepEqual(kinds(), ["ready"]);
  detector.close();
});

Deno.test("LocalDetector passes on no result of a frame that came before the source changed", () => {
  const { workers, results, detector } = setup();
  detector.setFeed(new FakeFeed());
  workers[0]!.ready();
  const ofFirst = epochMs();
  workers[0]!.say({ kind: "result", result: resultOf(1, ofFirst) });
  const before = results.length;
  detector.setFeed(new FakeFeed());
  workers[0]!.say({ kind: "result", result: resultOf(2, ofFirst - 10) });
  workers[0]!.say({ kind: "result", result: resultOf(3, epochMs()) });
  assert.deepEqual([before, results.map(({ key }) => key?.value)], [1, [1, 3]]);
  detector.close();
});

/** Lets `worker` answer for `spanMs`, each frame `ageMs` old, and the clock with it. */
async function answer(
  { timers }: Pick<ReturnType<typeof setup>, "timers">,
  worker: FakeDetectionWorker,
  { ageMs, spanMs }: { ageMs: number; spanMs: number },
): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += 50) {
    await timers.advance(50);
    const readyAtMs = epochMs() + timers.nowMs();
    worker.say({
      kind: "result",
      result: resultOf((readyAtMs - ageMs) * 90, readyAtMs, { readyAtMs }),
    });
  }
}

Deno.test("LocalDetector tries other numbers of threads under live video and keeps the freshest", async () => {
  const made = setup();
  const { workers, memory, states, detector } = made;
  detector.setFeed(new FakeFeed());
  workers[0]!.ready();
  await answer(made, workers[0]!, { ageMs: 50, spanMs: 9_000 });
  assert.equal(workers.length, 1, "not while everything starts");
  await answer(made, workers[0]!, { ageMs: 50, spanMs: 5_000 });
  assert.equal(workers[1]!.load?.threads, 4);
  assert.equal(states.length, 1, "the page is not told of a trial");
  workers[1]!.ready();
  await answer(made, workers[1]!, { ageMs: 80, spanMs: 4_000 });
  assert.equal(workers[1]!.isTerminated, true, "older boxes");
  assert.equal(workers[2]!.load?.threads, 2);
  await answer(made, workers[0]!, { ageMs: 50, spanMs: 500 });
  workers[2]!.ready();
  await answer(made, workers[2]!, { ageMs: 52, spanMs: 4_000 });
  assert.equal(workers[0]!.isTerminated, true, "as fresh with fewer");
  assert.deepEqual(memory.verdict, { backend: "wasm", threads: 2 });
  assert.deepEqual(states.map((state) => state.kind === "ready" && state.threads), [3, 2]);
  await answer(made, workers[2]!, { ageMs: 90, spanMs: 20_000 });
  assert.equal(workers.length, 3, "once is enough");
  // Long after, at another pace: what was found need not hold.
  await answer(made, workers[2]!, { ageMs: 50, spanMs: 300_000 });
  detector.setEffort(effortFor("latest-only", "balanced"));
  await answer(made, workers[2]!, { ageMs: 50, spanMs: 14_000 });
  assert.equal(workers.length, 4);
  detector.close();
  assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [true, true, true, true]);
});

Deno.test("LocalDetector ends a trial with the source, and begins the next visit with what it found", async () => {
  const made = setup();
  const { workers, detector } = made;
  detector.setFeed(new FakeFeed());
  workers[0]!.ready();
  await answer(made, workers[0]!, { ageMs: 50, spanMs: 14_000 });
  workers[1]!.ready();
  const feed = new FakeFeed();
  detector.setFeed(feed);
  assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [false, true]);
  assert.equal(workers[0]!.sent.at(-1)?.kind, "frame");
  detector.close();
  const next = setup({}, { backend: "wasm", threads: 2 });
  assert.equal(next.workers[0]!.load?.threads, 2);
  next.detector.close();
});

Deno.test("LocalDetector lets go of a resting Worker that fails, and stays with the tried one", async () => {
  for (const end of ["failed", "dead"] as const) {
    const made = setup();
    const { workers, kinds, detector } = made;
    detector.setFeed(new FakeFeed());
    workers[0]!.ready();
    await answer(made, workers[0]!, { ageMs: 50, spanMs: 14_000 });
    workers[1]!.ready();
    if (end === "dead") workers[0]!.die();
    else workers[0]!.say({ kind: "failed", code: "out-of-memory", message: "No memory." });
    assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [true, false]);
    await answer(made, workers[1]!, { ageMs: 80, spanMs: 4_000 });
    assert.equal(workers[1]!.isTerminated, false, "older boxes are better than none");
    assert.deepEqual(kinds(), ["ready", "ready"]);
    detector.close();
    assert.ok(workers.every(({ isTerminated }) => isTerminated));
  }
});

Deno.test("LocalDetector has one thread where memory cannot be shared, whatever was remembered", () => {
  const { workers } = setup({ crossOriginIsolated: false }, { backend: "wasm", threads: 4 });
  assert.equal(workers[0]!.load?.threads, 1);
});
