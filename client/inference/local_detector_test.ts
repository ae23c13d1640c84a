import assert from "node:assert/strict";
import { epochMs } from "../base/epoch.ts";
import { resultOf } from "../metrics/testing/frames.ts";
import type { ServedModel } from "@/protocol";
import type { BrowserFacts } from "./backend_choice.ts";
import type { BackendMemory } from "./backend_memory.ts";
import type { DetectorState } from "./detector.ts";
import { effortFor } from "./effort.ts";
import { LocalDetector } from "./local_detector.ts";
import { FakeFeed, FakeWorker } from "./testing/fake_worker.ts";
import type { Backend, FrameResult, FromWorker, ToWorker } from "./worker_messages.ts";

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
  verdict: Backend | null = null;
  recall(): Backend | null {
    return this.verdict;
  }
  remember(_model: string, backend: Backend): void {
    this.verdict = backend;
  }
}

const FACTS: BrowserFacts = {
  userAgent: "test",
  maxTouchPoints: 0,
  hardwareConcurrency: 4,
  crossOriginIsolated: true,
  hasWebGpu: false,
};

function setup(facts: Partial<BrowserFacts> = {}) {
  const workers: FakeDetectionWorker[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const memory = new FakeMemory();
  const detector = new LocalDetector({
    model: { sha256: "abc" } as ServedModel,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null },
    facts: { ...FACTS, ...facts },
    memory,
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
  return { workers, states, results, kinds, memory, detector };
}

Deno.test("LocalDetector gives a Worker its settings before the model, and frames once it is ready", () => {
  const { workers, detector } = setup();
  const feed = new FakeFeed();
  detector.setFeed(feed);
  assert.deepEqual(workers[0]!.sent.map(({ kind }) => kind), ["settings", "load", "stop"]);
  assert.equal(workers[0]!.load?.threads, 4);
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
  assert.equal(workers[1]!.load?.threads, 2);
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
  assert.equal(memory.verdict, "webgpu");
  assert.deepEqual([workers[0]!.isTerminated, workers[1]!.isTerminated], [true, false]);
  assert.deepEqual(kinds(), ["ready", "ready"]);
  workers[1]!.die();
  assert.equal(workers[2]!.load?.backend, "wasm", "a WebGPU that dies is not trusted again");
  assert.equal(memory.verdict, "wasm");
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
    assert.equal(memory.verdict, "wasm");
    assert.deepEqual(kinds(), ["ready"]);
    detector.close();
  }
  const { workers, detector } = setup({ hasWebGpu: true, userAgent: "iPhone" });
  workers[0]!.ready();
  assert.equal(workers.length, 1);
  assert.equal(workers[0]!.load?.threads, 1);
  detector.close();
});

Deno.test("LocalDetector takes a Worker that is silent for dead, but not one that is given no frames", () => {
  const { setTimeout } = globalThis;
  const due: (() => void)[] = [];
  // The one timer of a detector is its watchdog.
  globalThis.setTimeout = ((then: () => void) => due.push(then)) as typeof setTimeout;
  try {
    const { workers, kinds, detector } = setup();
    const pass = () => due.splice(0).at(-1)!();
    const feed = new FakeFeed();
    feed.isFlowing = () => true;
    detector.setFeed(feed);
    workers[0]!.ready();
    detector.setEffort(effortFor("paused", "balanced"));
    pass();
    pass();
    assert.deepEqual(kinds(), ["ready"]);
    detector.setEffort(effortFor("latest-only", "balanced"));
    assert.equal(due.length, 2, "silence counts anew from here");
    pass();
    assert.deepEqual(kinds(), ["ready", "restarting"]);
    detector.close();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
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
