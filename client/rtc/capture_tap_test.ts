import assert from "node:assert/strict";
import { FakeTimers, settle } from "../base/testing/fake_timers.ts";
import { CaptureTap, type FromSenderWorker, LOOK_MS } from "./capture_tap.ts";

class FakeWorker {
  onmessage: Worker["onmessage"] = null;
  onerror: Worker["onerror"] = null;
  isTerminated = false;
  terminate() {
    this.isTerminated = true;
  }
  say(data: FromSenderWorker) {
    this.onmessage?.call(this as never, { data } as MessageEvent);
  }
}

function setup({ createTransform = () => ({}) as RTCRtpScriptTransform } = {}) {
  const timers = new FakeTimers();
  const worker = new FakeWorker();
  const pairs: [unknown, number | null][] = [];
  const events: string[] = [];
  const encoded = { framesEncoded: 0, totalEncodeTime: 0 };
  const sender = {
    transform: null,
    getStats: () =>
      Promise.resolve(new Map([["o", { type: "outbound-rtp", ...encoded }]]) as never),
  };
  const tap = new CaptureTap({
    timers,
    log: (line) => events.push(line),
    startWorker: () => worker,
    createTransform,
    onReady: () => events.push("ready"),
    onPairs: (given, encodeMs) => pairs.push([given, encodeMs]),
    onFailed: () => events.push("failed"),
  });
  /** A second of frames of 5 ms each, with or without word of the Worker. */
  const encode = async (isSeen: boolean) => {
    encoded.framesEncoded += 30;
    encoded.totalEncodeTime += 30 * 0.005;
    if (isSeen) worker.say({ kind: "pairs", pairs: [[1, 2]] });
    await timers.advance(LOOK_MS);
    await settle();
  };
  return { timers, worker, pairs, events, sender, tap, encode };
}

Deno.test("CaptureTap hands on pairs with what encoding took of late", async () => {
  const { worker, pairs, events, sender, tap, encode, timers } = setup();
  worker.say({ kind: "ready" });
  assert.deepEqual(events, ["ready"]);
  tap.attach(sender);
  assert(sender.transform !== null);
  await encode(true);
  await encode(true);
  await encode(true);
  assert.deepEqual(pairs[0], [[[1, 2]], null]);
  assert(Math.abs(pairs[2]![1]! - 5) < 1e-9);
  tap.close();
  assert(worker.isTerminated);
  assert.equal(timers.pending, 0);
});

Deno.test("CaptureTap gives up when frames are encoded and none comes through", async () => {
  const { worker, events, sender, tap, encode, timers } = setup();
  tap.attach(sender);
  for (let second = 0; second < 4; second++) await encode(false);
  assert.equal(events.at(-1), "failed");
  assert.equal(events.length, 2, "one line, one event");
  assert(worker.isTerminated);
  assert.equal(timers.pending, 0);
});

Deno.test("CaptureTap waits through a camera that rests", async () => {
  const { events, sender, tap, timers } = setup();
  tap.attach(sender);
  await timers.advance(20 * LOOK_MS);
  assert.deepEqual(events, []);
  tap.close();
});

Deno.test("CaptureTap is over when its Worker dies or fails, or the browser refuses it", () => {
  const deaths: ((parts: ReturnType<typeof setup>) => void)[] = [
    ({ worker }) =>
      worker.onerror?.call(worker as never, { message: "x", preventDefault() {} } as ErrorEvent),
    ({ worker }) => worker.say({ kind: "failed", message: "x" }),
    ({ tap, sender }) => tap.attach(sender),
  ];
  for (const die of deaths) {
    const parts = setup({
      createTransform: () => {
        throw new TypeError("no");
      },
    });
    die(parts);
    assert.equal(parts.events.at(-1), "failed");
    assert(parts.worker.isTerminated);
    assert.equal(parts.timers.pending, 0);
  }
});
