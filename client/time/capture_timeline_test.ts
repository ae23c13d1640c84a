import assert from "node:assert/strict";
import fc from "fast-check";
import { CAPTURE_TIME_ERROR_MS } from "./capture_time.ts";
import { CaptureTimeline, PATIENCE_MS, type ShownTimes } from "./capture_timeline.ts";

const FRAME_MS = 100 / 3;
const START_MS = 1.7e12;
const PHONE_AHEAD_MS = 1700;
const CLOCK = { offsetMs: PHONE_AHEAD_MS, errorMs: 3, roundTripMs: 5, driftPpm: null };

function rtpOf(index: number, firstRtp = 0): number {
  return (firstRtp + Math.round(index * 3000)) >>> 0;
}

function captureMs(index: number): number {
  return START_MS + index * FRAME_MS;
}

/** Frames take 40 ms to this page and 30 more to its screen. */
function frame(index: number, more: Partial<ShownTimes> = {}): ShownTimes {
  return {
    rtpTimestamp: rtpOf(index),
    mediaTimeMs: index * FRAME_MS,
    captureTimeMs: null,
    receiveTimeMs: captureMs(index) + 40,
    shownAtMs: captureMs(index) + 70,
    ...more,
  };
}

function rtp(index: number) {
  return { clock: "rtp", value: rtpOf(index) } as const;
}

function timeline(frames: readonly ShownTimes[]): CaptureTimeline {
  const made = new CaptureTimeline();
  for (const one of frames) made.addShown(one);
  return made;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);
const near = (found: number, wanted: number, byMs = 0.02) =>
  assert(Math.abs(found - wanted) <= byMs, `${found - wanted} ms beside`);
const known = (index: number) => frame(index, { captureTimeMs: captureMs(index) });
const WHEN = { receivedAtMs: START_MS + 9_999, phoneClock: CLOCK };

Deno.test("CaptureTimeline.of() times a frame that is not shown yet, by RTP, up to 3 s on", () => {
  const made = timeline(range(0, 30).map(known));
  const { timeMs, clock, errorMs } = made.of(rtp(33), WHEN);
  near(timeMs, captureMs(33));
  assert.equal(clock, "captureTime");
  assert.equal(errorMs, 2.5 + CAPTURE_TIME_ERROR_MS);
  near(made.of(rtp(29 + 89), WHEN).timeMs, captureMs(29 + 89));
  assert.equal(made.of(rtp(29 + 91), WHEN).clock, "receiveTime");
});

Deno.test("CaptureTimeline.of() holds wherever the timestamps wrap", () => {
  fc.assert(fc.property(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 60 }), (first, ahead) => {
    const made = timeline(
      range(0, 20).map((index) => ({ ...known(index), rtpTimestamp: rtpOf(index, first) })),
    );
    const found = made.of({ clock: "rtp", value: rtpOf(19 + ahead, first) }, WHEN);
    near(found.timeMs, captureMs(19 + ahead));
    assert.equal(found.clock, "captureTime");
  }));
});

Deno.test("CaptureTimeline.of() is not led astray by a few wrong times", () => {
  const frames = range(0, 20).map((index) =>
    [5, 14, 19].includes(index)
      ? frame(index, { captureTimeMs: captureMs(index) + 800 })
      : known(index)
  );
  const made = timeline(frames);
  near(made.of(rtp(19), WHEN).timeMs, captureMs(19));
  near(made.of(rtp(21), WHEN).timeMs, captureMs(21));
});

Deno.test("CaptureTimeline.of() goes by media time where frames have no RTP timestamp", () => {
  const made = timeline(range(0, 20).map((index) => ({ ...known(index), rtpTimestamp: null })));
  const found = made.of({ clock: "media", value: 22 * FRAME_MS }, WHEN);
  near(found.timeMs, captureMs(22));
  assert.equal(found.clock, "captureTime");
  assert.equal(made.of(rtp(22), WHEN).clock, "receiveTime", "no common measure");
});

Deno.test("CaptureTimeline.of() says no error where nothing is known of the phone's clock", () => {
  const made = timeline(range(0, 20).map(known));
  assert.equal(made.of(rtp(5), { ...WHEN, phoneClock: null }).errorMs, null);
});

const pairs = (from: number, to: number, encodeMs: number) =>
  range(from, to).map((index) =>
    [rtpOf(index), captureMs(index) + encodeMs + PHONE_AHEAD_MS] as const
  );

Deno.test("CaptureTimeline.of() reads the phone's notes by the phone's clock, less the encoding", () => {
  const made = timeline(range(0, 20).map((index) => frame(index)));
  made.addPairs(pairs(0, 20, 8), 8);
  const { timeMs, clock, errorMs } = made.of(rtp(23), WHEN);
  near(timeMs, captureMs(23));
  assert.deepEqual([clock, errorMs], ["phone", 11]);
  assert.equal(made.of(rtp(23), { ...WHEN, phoneClock: null }).clock, "receiveTime");
  const drifted = { ...CLOCK, offsetMs: PHONE_AHEAD_MS + 4 };
  near(made.of(rtp(23), { ...WHEN, phoneClock: drifted }).timeMs, captureMs(23) - 4);
});

Deno.test("CaptureTimeline.of() goes by the frames that did not wait, but not by a single early one", () => {
  const made = new CaptureTimeline();
  made.addPairs(
    pairs(0, 60, 8).map(([rtpTimestamp, timeMs], index) =>
      [rtpTimestamp, timeMs + (index % 4 === 0 ? 0 : 35) - (index === 30 ? 500 : 0)] as const
    ),
    8,
  );
  const { timeMs, errorMs } = made.of(rtp(61), WHEN);
  near(timeMs, captureMs(61), errorMs!);
  near(timeMs, captureMs(61));
});

Deno.test("CaptureTimeline.of() claims nothing by the phone's notes while its encoding time is not known", () => {
  const made = new CaptureTimeline();
  made.addPairs(pairs(0, 5, 8), null);
  assert.equal(made.of(rtp(4), WHEN).clock, "receiveTime");
  made.addPairs(pairs(5, 6, 8), 8);
  assert.equal(made.of(rtp(4), WHEN).clock, "phone");
});

Deno.test("CaptureTimeline.of() prefers the browser's capture time to the phone's notes", () => {
  const made = timeline(range(0, 20).map(known));
  made.addPairs(pairs(0, 20, 8), 8);
  assert.equal(made.of(rtp(20), WHEN).clock, "captureTime");
});

Deno.test("CaptureTimeline.of() falls back to when the frame was received, claiming nothing", () => {
  const made = timeline(range(0, 3).map((index) => frame(index)));
  assert.deepEqual(made.of(rtp(1), WHEN), {
    timeMs: captureMs(1) + 40,
    clock: "receiveTime",
    errorMs: null,
  });
  assert.equal(made.of(rtp(7), WHEN).timeMs, WHEN.receivedAtMs);
  assert.equal(made.of(null, WHEN).timeMs, WHEN.receivedAtMs);
});

Deno.test("CaptureTimeline forgets what it knew when the timestamps begin anew", () => {
  const made = timeline(range(0, 20).map(known));
  made.addShown(frame(20, { rtpTimestamp: 3e9 }));
  assert.equal(made.of(rtp(20), WHEN).clock, "receiveTime");

  made.addPairs(pairs(0, 5, 8), 8);
  made.addPairs([[3e9, captureMs(6) + PHONE_AHEAD_MS]], 8);
  assert.equal(made.of(rtp(5), WHEN).clock, "receiveTime");
  assert.equal(made.of({ clock: "rtp", value: 3e9 + 3000 }, WHEN).clock, "phone");
});

Deno.test("CaptureTimeline keeps what it knew over a rest of the video", () => {
  const made = timeline([...range(0, 20).map(known), frame(2000)]);
  assert.equal(made.of(rtp(21), WHEN).clock, "captureTime");
});

Deno.test("CaptureTimeline.needsPairs becomes true after seconds of frames without a capture time", () => {
  const bare = range(0, Math.ceil(PATIENCE_MS / FRAME_MS) + 1).map((index) => frame(index));
  assert.equal(timeline(bare.slice(0, 60)).needsPairs, false);
  const made = timeline(bare);
  assert.equal(made.needsPairs, true);
  made.clear();
  assert.equal(made.needsPairs, true, "a new connection is between the same browsers");
  made.addShown(known(bare.length));
  assert.equal(made.needsPairs, false);
  // The camera rests for a minute: that is no time without a capture time.
  made.addShown(frame(bare.length + 1800));
  assert.equal(made.needsPairs, false);
});

Deno.test("CaptureTimeline holds no more however long it runs", () => {
  const made = timeline(range(0, 5000).map((index) => frame(index)));
  // Frames of the first moments are not remembered.
  assert.equal(made.of(rtp(2), WHEN).timeMs, WHEN.receivedAtMs);
});

Deno.test("CaptureTimeline.receivedAtMs() tells when a frame comes that was not shown yet", () => {
  const known = timeline([1, 2, 3, 4, 5].map((index) => frame(index)));
  assert.ok(Math.abs(known.receivedAtMs(rtp(8))! - captureMs(8) - 40) < 1);
  assert.equal(known.receivedAtMs(rtp(500)), null, "too far on");
  assert.equal(new CaptureTimeline().receivedAtMs(rtp(1)), null);
  const bare = timeline([frame(1, { receiveTimeMs: null })]);
  assert.ok(Math.abs(bare.receivedAtMs(rtp(1))! - captureMs(1) - 70) < 1);
});
