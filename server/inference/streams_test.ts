import assert from "node:assert/strict";
import { fakeCatalog } from "../testing/helpers.ts";
import type { ChildConfig } from "./child_config.ts";
import { Counters } from "./counters.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Account } from "./account.ts";
import type { FromChild, StreamKey } from "./ipc.ts";
import { LOAD_RATE, ModelStore } from "./model_store.ts";
import { OFFER_RATE, STREAM_IDLE_MS, Streams } from "./streams.ts";

const KEY = "viewer/stream" as StreamKey;
const ACCOUNT: Account = { address: "a", room: "r", isTrusted: false };
const settings = (modelId: string) => ({
  modelId,
  scoreThreshold: 0.3,
  iouThreshold: 0.5,
  classes: null,
});

const turn = () => new Promise((resolve) => setTimeout(resolve));

function setup() {
  const sent: FromChild[] = [];
  const clock = { nowMs: 0 };
  const trackers = { freed: 0 };
  const [model] = fakeCatalog("/x.onnx").present;
  const extra = Array.from({ length: 10 }, (_, index) => `extra${index}`);
  const models = ["main", "slow", "broken", "other", "third", ...extra].map((id) => ({
    ...model!,
    entry: { ...model!.entry, id },
  }));
  const slow = Promise.withResolvers<{ runMs: number }>();
  const loader = {
    load: ({ entry }: { entry: { id: string } }) =>
      entry.id === "slow"
        ? slow.promise
        : entry.id === "broken"
        ? Promise.reject(new Error("no such op"))
        : Promise.resolve({ runMs: 9 }),
    unload: () => Promise.resolve(),
  };
  const config: ChildConfig = {
    modelFolders: [],
    executionProvider: "cpu",
    rtcPorts: null,
    publicHost: null,
    host: "127.0.0.1",
    maxStreams: 2,
  };
  const now = () => clock.nowMs;
  const store = new ModelStore({ models, defaultModelId: "main" }, loader, { runMs: 3 }, now);
  const counters = new Counters();
  const streams = new Streams({
    config,
    counters,
    dispatcher: new Dispatcher({ lanes: [], now, onFailure: () => {} }),
    models: store,
    now,
    createTracker: () => ({
      update: () => ({ detections: [], weak: [] }),
      reset: () => {},
      free: () => void (trackers.freed += 1),
    }),
    // Its native library serves one isolate in a process, and that is `viewer_connection_test.ts`.
    connect: () => {
      throw new Error("Failed to gather local ICE candidates");
    },
    send: (message) => {
      if (message.kind !== "log" || message.level !== "debug") sent.push(message);
      return true;
    },
  });
  return {
    streams,
    sent,
    store,
    clock,
    trackers,
    counters,
    loadSlow: () => slow.resolve({ runMs: 30 }),
  };
}

Deno.test("Streams.settings() opens a stream, and of two settings the later one wins", async () => {
  const { streams, sent, loadSlow } = setup();
  const first = streams.settings(KEY, settings("slow"), ACCOUNT);
  await streams.settings(KEY, settings("main"), ACCOUNT);
  loadSlow();
  await first;
  assert.deepEqual(sent, [{ kind: "opened", stream: KEY, modelId: "main", runMs: 3 }]);
  await streams.settings(KEY, settings("slow"), ACCOUNT);
  assert.deepEqual(sent[1], { kind: "opened", stream: KEY, modelId: "slow", runMs: 30 });
  assert.equal(streams.size, 1);
});

Deno.test("Streams.settings() loads one model after another for a stream, and of many the last", async () => {
  const { streams, sent, clock, store, counters, loadSlow } = setup();
  void streams.settings(KEY, settings("slow"), ACCOUNT);
  for (const id of ["broken", "other", "third"]) {
    await streams.settings(KEY, settings(id), ACCOUNT);
  }
  assert.deepEqual([sent, store.has("other"), store.has("third")], [[], false, false]);
  loadSlow();
  await turn();
  streams.sweep();
  await turn();
  assert.deepEqual(sent, [{ kind: "opened", stream: KEY, modelId: "third", runMs: 9 }]);
  assert.equal(store.has("other"), false);

  // More than its address may have loaded: the model of before goes on until there may be one again.
  for (let at = 0; at < 9; at++) {
    await streams.settings(KEY, settings(["other", "third", "slow"][at % 3]!), ACCOUNT);
    await streams.settings(`viewer/${at}` as StreamKey, settings(`extra${at}`), ACCOUNT);
    streams.close(`viewer/${at}` as StreamKey);
  }
  sent.length = 0;
  const { "too-fast": refused } = counters.modelsRefused;
  await streams.settings(KEY, settings("extra9"), ACCOUNT);
  streams.sweep();
  await turn();
  assert.deepEqual([sent, streams.size], [[], 1]);
  assert.equal(counters.modelsRefused["too-fast"], refused + 1, "asked for once");
  clock.nowMs += 1_000 / LOAD_RATE.perSecond;
  streams.sweep();
  await turn();
  assert.deepEqual(sent, [{ kind: "opened", stream: KEY, modelId: "extra9", runMs: 9 }]);
});

Deno.test("Streams.settings() ends a stream whose model is not to be had", async () => {
  const { streams, sent } = setup();
  await streams.settings(KEY, settings("nothing"), ACCOUNT);
  await streams.settings(KEY, settings("broken"), ACCOUNT);
  const ends = sent.flatMap((message) => message.kind === "ended" ? [message.cause] : []);
  assert.deepEqual(ends, ["unknown-model", "unavailable"]);
  assert.ok(sent.some((message) => message.kind === "log" && message.level === "error"));
  assert.equal(streams.size, 0);
});

Deno.test("Streams.signal() says why an offer is not answered, and counts it", async () => {
  const { streams, sent, counters } = setup();
  await streams.settings(KEY, settings("main"), ACCOUNT);
  sent.length = 0;
  for (let at = 0; at <= OFFER_RATE.burst; at++) streams.signal(KEY, { kind: "offer", sdp: "v=0" });
  const causes = sent.map((message) =>
    message.kind === "signal" && message.signal.kind === "offer-refused" && message.signal.cause
  );
  assert.deepEqual(causes, [...Array(OFFER_RATE.burst).fill("no-port"), "too-fast"]);
  assert.equal(counters.signalsRefused["no-port"], OFFER_RATE.burst);
  assert.equal(counters.signalsRefused["too-fast"], 1);
});

Deno.test("Streams.sweep() ends a stream of which nothing is heard", async () => {
  const { streams, sent, clock, trackers } = setup();
  await streams.settings(KEY, settings("main"), ACCOUNT);
  clock.nowMs = STREAM_IDLE_MS;
  streams.message(KEY, "hello", new Uint8Array(0));
  clock.nowMs += STREAM_IDLE_MS;
  streams.sweep();
  assert.equal(streams.size, 1);
  clock.nowMs += 1;
  streams.sweep();
  assert.deepEqual(sent.at(-1), { kind: "ended", stream: KEY, cause: "closed" });
  assert.deepEqual([streams.size, trackers.freed], [0, 1]);
});

Deno.test("Streams.settings() of a model that is removed go on for those who use it only", async () => {
  const { streams, sent, store } = setup();
  await streams.settings(KEY, settings("main"), ACCOUNT);
  store.offer({ models: [], defaultModelId: "main" });
  await streams.settings(KEY, { ...settings("main"), scoreThreshold: 0.5 }, ACCOUNT);
  await streams.settings("viewer/other" as StreamKey, settings("main"), ACCOUNT);
  const said = sent.map((message) => message.kind === "ended" ? message.cause : message.kind);
  assert.deepEqual(said, ["opened", "opened", "unknown-model"]);
  streams.close(KEY);
  assert.equal(store.size, 0);
});

Deno.test("Streams.close() while the model loads opens nothing afterwards", async () => {
  const { streams, sent, loadSlow } = setup();
  const opening = streams.settings(KEY, settings("slow"), ACCOUNT);
  streams.close(KEY);
  loadSlow();
  await opening;
  assert.deepEqual([sent, streams.size], [[], 0]);
});
