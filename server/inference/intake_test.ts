import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CaptureClock,
  encodeFrame,
  FRAME_DEADLINE_MS,
  FRAME_HEADER_BYTES,
  MAX_JPEG_BYTES,
  type OutgoingFrame,
} from "@/protocol";
import {
  CHUNK_RATE,
  type CompleteFrame,
  FRAME_RATE,
  Intake,
  isNewer,
  MAX_PARTIAL_FRAMES,
} from "./intake.ts";

const NOW_MS = 1_790_000_000_000;

/** Chunks of a frame of `bytes` bytes, ten to a chunk. */
function chunks(frameId: number, over: Partial<OutgoingFrame> & { bytes?: number } = {}) {
  const { bytes = 25, ...fields } = over;
  const jpeg = Uint8Array.from({ length: bytes }, (_, at) => (at + frameId) & 255);
  const time = { captureTimeMs: null, captureClock: null, ageMs: 0 };
  const frame = { frameId, widthPx: 4, heightPx: 3, ...time, jpeg };
  return encodeFrame({ ...frame, ...fields }, FRAME_HEADER_BYTES + 10);
}

/** Pushes messages one after another and sums up. */
function pushAll(intake: Intake, messages: readonly Uint8Array[], nowMs = NOW_MS) {
  const steps = messages.map((message) => intake.push(message, nowMs));
  return {
    begun: steps.reduce((sum, { begun }) => sum + begun, 0),
    complete: steps.flatMap(({ complete }) => complete ?? []),
    drops: steps.flatMap(({ drops }) => drops),
    causes: steps.flatMap(({ drops }) => drops.map(({ cause }) => cause)),
  };
}

Deno.test("Intake.push() gives a frame back whole, from chunks in any order", () => {
  const captured = { captureTimeMs: NOW_MS - 90, captureClock: "phone", source: 7 } as const;
  const [a, b, c] = chunks(7, { ...captured, ageMs: 30 });
  const { complete, drops, begun } = pushAll(new Intake(), [c!, a!, b!]);
  assert.deepEqual(complete, [
    {
      frameId: 7,
      jpeg: Uint8Array.from({ length: 25 }, (_, at) => at + 7),
      widthPx: 4,
      heightPx: 3,
      ...captured,
      receiveTimeMs: NOW_MS,
      expiresAtMs: NOW_MS + FRAME_DEADLINE_MS - 30,
    } satisfies CompleteFrame,
  ]);
  assert.deepEqual([drops, begun], [[], 1]);
});

Deno.test("Intake.push() drops what was seen before, and what a newer frame has overtaken", () => {
  const intake = new Intake();
  assert.equal(pushAll(intake, chunks(5)).complete.length, 1);
  assert.deepEqual(pushAll(intake, chunks(5, { bytes: 9 })).drops, [
    { frameId: null, cause: "replayed" },
  ]);
  assert.deepEqual(pushAll(intake, chunks(4)).drops, [{ frameId: 4, cause: "superseded" }]);
  assert.deepEqual(pushAll(intake, chunks(5 - 65)).causes, Array(3).fill("replayed"));
  const [first] = chunks(6);
  const late = pushAll(intake, [first!, ...chunks(8), ...chunks(6)]);
  assert.deepEqual(late.complete.map(({ frameId }) => frameId), [8]);
  assert.deepEqual(late.drops, [{ frameId: 6, cause: "superseded" }]);
});

Deno.test("Intake.push() counts frames on where their ids wrap round", () => {
  const intake = new Intake();
  const ids = [0xffff_fffe, 0xffff_ffff, 0, 1];
  const { complete } = pushAll(intake, ids.flatMap((id) => chunks(id)));
  assert.deepEqual(complete.map(({ frameId }) => frameId), ids);
  assert.ok(isNewer(3, 0xffff_fff0) && !isNewer(0xffff_fff0, 3) && !isNewer(3, 3));
});

Deno.test("Intake.push() drops what is too old by its sender's age, or grows so while it comes", () => {
  const intake = new Intake();
  const old = [
    ...chunks(1, { bytes: 9, ageMs: FRAME_DEADLINE_MS }),
    // A clock that is ahead does not make a frame younger than its sender says.
    ...chunks(2, { bytes: 9, captureTimeMs: NOW_MS + 9_999, ageMs: 0xffff_ffff }),
  ];
  assert.deepEqual(pushAll(intake, old).causes, ["expired", "expired"]);
  const [first, ...rest] = chunks(4, { ageMs: 100 });
  intake.push(first!, NOW_MS);
  assert.deepEqual(pushAll(intake, rest, NOW_MS + 400).drops, [{ frameId: 4, cause: "expired" }]);
});

/** What becomes of a frame a 30th of a second, for each delay by the clocks. */
function ends(delaysMs: readonly number[]): string {
  const intake = new Intake();
  return delaysMs.map((delayMs, at) => {
    const nowMs = NOW_MS + at * 33;
    const frame = chunks(at, { bytes: 9, captureTimeMs: nowMs - delayMs, ageMs: 10 });
    const { complete, causes } = pushAll(intake, frame, nowMs);
    return complete.length > 0 ? "taken" : causes.join();
  }).join(" ");
}

Deno.test("Intake.push() drops what the network held up, where it can be seen from the capture times", () => {
  assert.equal(ends([60, 50, 400, 600, 60]), "taken taken taken expired taken");
});

Deno.test("Intake.push() takes frames whose clock is wrong, and so do they all", () => {
  for (const errorMs of [900, 3_600_000, -3_600_000]) {
    assert.equal(
      ends([60, 50, 400, 60].map((delayMs) => delayMs + errorMs)),
      "taken taken taken taken",
    );
  }
});

Deno.test("Intake.push() loses a stream for some seconds at most when its clock is set", () => {
  const delays = [...Array(60).fill(50), ...Array(300).fill(5_050)];
  const outcome = ends(delays).split(" ");
  assert.equal(outcome[60], "expired");
  const lost = outcome.filter((end) => end === "expired").length;
  assert.ok(lost * 33 < 4_500, `${lost} frames`);
  assert.equal(outcome.at(-1), "taken");
});

Deno.test("Intake gives up frames of which too much is missing", () => {
  const intake = new Intake();
  const firsts = [1, 2, 3, 4].map((id) => chunks(id)[0]!);
  assert.deepEqual(pushAll(intake, firsts).drops, [{ frameId: 1, cause: "incomplete" }]);
  assert.equal(intake.partialFrames, MAX_PARTIAL_FRAMES);
  assert.deepEqual(intake.sweep(NOW_MS + FRAME_DEADLINE_MS - 1), []);
  assert.deepEqual(intake.sweep(NOW_MS + FRAME_DEADLINE_MS).map(({ frameId }) => frameId), [
    2,
    3,
    4,
  ]);
  // Their late chunks are no news.
  assert.deepEqual(pushAll(intake, [2, 3].map((id) => chunks(id)[1]!)).causes, []);
});

Deno.test("Intake.push() drops a frame whose chunks contradict each other", () => {
  const push = (messages: Uint8Array[]) => pushAll(new Intake(), messages);
  const [a, b] = chunks(1);
  const larger = chunks(1, { bytes: 26 })[1]!;
  const later = chunks(1, { captureTimeMs: NOW_MS })[1]!;
  const captured = (captureClock: CaptureClock) =>
    chunks(1, { captureTimeMs: NOW_MS, captureClock });
  const moved = b!.slice();
  new DataView(moved.buffer).setUint32(20, 11, true);
  for (const other of [larger, later]) {
    assert.deepEqual(push([a!, other]).drops, [{ frameId: 1, cause: "bad-frame" }]);
  }
  assert.deepEqual(push([captured("phone")[0]!, captured("captureTime")[1]!]).drops, [
    { frameId: 1, cause: "bad-frame" },
  ]);
  assert.deepEqual(push([b!, moved]).causes, ["bad-frame"]);
  assert.deepEqual(push([a!, moved, chunks(1)[2]!]).causes, ["bad-frame"]);
  assert.deepEqual(push([new Uint8Array(3), new Uint8Array(99)]).drops, [
    { frameId: null, cause: "bad-frame" },
    { frameId: null, cause: "bad-frame" },
  ]);
});

Deno.test("Intake.push() holds 10 000 frames a second down to its rate", () => {
  const intake = new Intake();
  let completed = 0;
  let tooFast = 0;
  for (let at = 0; at < 20_000; at++) {
    const { complete, drops } = intake.push(chunks(at, { bytes: 9 })[0]!, NOW_MS + at / 10);
    if (complete !== null) completed += 1;
    tooFast += drops.filter(({ cause, frameId }) =>
      cause === "too-fast" && frameId === null
    ).length;
  }
  assert.equal(completed + tooFast, 20_000);
  assert.ok(completed <= FRAME_RATE.burst + 2 * FRAME_RATE.perSecond + 1, `${completed}`);
  assert.ok(completed >= 2 * FRAME_RATE.perSecond, `${completed}`);
});

Deno.test("Intake holds bounded memory and loses count of nothing, whatever comes", () => {
  const chunk = fc.tuple(fc.nat(9), fc.nat(2), fc.integer({ min: 1, max: 30 }), fc.boolean()).map(
    ([id, index, bytes, isOdd]) => {
      const all = chunks(isOdd ? -id : id, { bytes, ageMs: id * 60 });
      return all[index % all.length]!;
    },
  );
  const garbage = fc.uint8Array({ maxLength: 60 });
  const flipped = fc.tuple(chunk, fc.nat(45), fc.nat(255)).map(([message, at, byte]) => {
    const damaged = message.slice();
    damaged[at % damaged.length] = byte;
    return damaged;
  });
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.oneof(chunk, flipped, garbage), fc.nat(80)), { maxLength: 200 }),
    (messages) => {
      const intake = new Intake();
      const completed = new Set<number>();
      let nowMs = NOW_MS;
      let begun = 0;
      let ended = 0;
      for (const [message, waitMs] of messages) {
        nowMs += waitMs;
        const step = intake.push(Uint8Array.from(message), nowMs);
        begun += step.begun;
        ended += step.drops.length;
        if (step.complete !== null) {
          ended += 1;
          assert.ok(!completed.has(step.complete.frameId));
          completed.add(step.complete.frameId);
          assert.ok(step.complete.expiresAtMs > nowMs);
        }
        if (waitMs > 60) ended += intake.sweep(nowMs).length;
        assert.ok(intake.partialFrames <= MAX_PARTIAL_FRAMES);
        assert.ok(intake.heldBytes <= MAX_PARTIAL_FRAMES * MAX_JPEG_BYTES);
        assert.equal(begun, ended + intake.partialFrames);
      }
    },
  ));
});

Deno.test("Intake gives every frame exactly once, when two at a time come mixed", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 30 }),
    fc.infiniteStream(fc.boolean()),
    (sizes, turns) => {
      const intake = new Intake();
      const got: number[] = [];
      sizes.forEach((bytes, frameId) => {
        const all = chunks(frameId, { bytes });
        const shuffled = all.toSorted(() => turns.next().value ? 1 : -1);
        // Each chunk may come twice.
        const sent = shuffled.flatMap((message) =>
          turns.next().value ? [message, message] : message
        );
        const { complete, drops } = pushAll(intake, sent, NOW_MS + frameId * 33);
        for (const { frameId, jpeg } of complete) {
          got.push(frameId);
          assert.equal(jpeg.length, sizes[frameId]);
          assert.ok(jpeg.every((byte, at) => byte === ((at + frameId) & 255)));
        }
        assert.ok(drops.every(({ cause }) => cause === "replayed"));
      });
      assert.deepEqual(got, sizes.map((_, id) => id));
      assert.ok(CHUNK_RATE.burst > 0);
    },
  ));
});

Deno.test("Intake.push() holds no frame late because its capture time is known better, or of another camera", () => {
  const intake = new Intake();
  const push = (frameId: number, delayMs: number, more: object) => {
    const [chunk] = chunks(frameId, { bytes: 9, captureTimeMs: NOW_MS - delayMs, ...more });
    return intake.push(chunk!, NOW_MS).drops.map(({ cause }) => cause);
  };
  assert.deepEqual(push(1, 10, { captureClock: "receiveTime" }), []);
  assert.deepEqual(push(2, 10 + FRAME_DEADLINE_MS, { captureClock: "captureTime" }), []);
  const other = { captureClock: "captureTime", source: 1 };
  assert.deepEqual(push(3, 10 + 2 * FRAME_DEADLINE_MS, other), []);
  assert.deepEqual(push(4, 10 + 3 * FRAME_DEADLINE_MS, other), ["expired"]);
});
