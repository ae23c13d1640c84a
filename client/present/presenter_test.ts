import assert from "node:assert/strict";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { InputFrame } from "../inference/frame_reader.ts";
import type { Stroke } from "./painter.ts";
import type { BoxList } from "./box_list.ts";
import { type FromPresenter, NONE_SKIPPED, type ShownFrame } from "./present_messages.ts";
import { Presenter } from "./presenter.ts";
import { FakePixels } from "./testing/frames.ts";
import type { FrameFollower } from "./frame_follower.ts";
import { found, moving, resultOf } from "./testing/results.ts";

const SCREEN_MS = 1000 / 60;
const TICKS_PER_MS = 90;

interface Painting {
  readonly rtp: number | undefined;
  readonly lefts: readonly number[];
  readonly stroke: Stroke;
}

function set(following: FrameFollower | null = null) {
  const timers = new FakeTimers();
  const paintings: Painting[] = [];
  const shown: ShownFrame[] = [];
  const pixels = new Map<unknown, number>();
  let last: Extract<FromPresenter, { kind: "shown" }> | undefined;
  let isBroken = false;
  const pictures = new Map<number, unknown>();
  // A copy is known by which painting it is of.
  let copyPicture = () => Promise.resolve(paintings.length - 1 as unknown as ImageBitmap);
  const presenter = new Presenter({
    painter: {
      resize() {},
      setStyle() {},
      clear: () => void paintings.push({ rtp: undefined, lefts: [], stroke: "bold" }),
      paint(frame, boxes: BoxList, stroke) {
        if (isBroken) throw new Error("closed");
        const lefts = Array.from({ length: boxes.length }, (_, index) => boxes.at(index).xmin);
        paintings.push({ rtp: pixels.get(frame)!, lefts, stroke });
      },
    },
    timers,
    epochMs: () => timers.nowMs(),
    requestFrame(callback) {
      const nextMs = (Math.floor(timers.nowMs() / SCREEN_MS + 1e-6) + 1) * SCREEN_MS;
      timers.setTimeout(() => callback(nextMs), nextMs - timers.nowMs());
    },
    copy: () => Promise.reject(new Error("not needed")),
    following,
    copyPicture: () => copyPicture(),
    post(message) {
      if (message.kind === "picture") pictures.set(message.id, message.bitmap);
      if (message.kind !== "shown") return;
      last = message;
      shown.push(...message.frames);
    },
  });
  return {
    timers,
    presenter,
    paintings,
    shown,
    report: () => last!,
    break: () => void (isBroken = true),
    pictures,
    breakCopies: () => void (copyPicture = () => Promise.reject(new Error("lost"))),
    order: (id: number, rtp: number) =>
      presenter.handle({ kind: "picture", id, key: { clock: "rtp", value: rtp >>> 0 } }),
    frame(rtp: number): FakePixels {
      const frame = new FakePixels();
      pixels.set(frame, rtp);
      presenter.addFrame({
        pixels: frame.asPixels,
        key: { clock: "rtp", value: rtp >>> 0 },
        receivedAtMs: timers.nowMs(),
        close: () => frame.close(),
      } as InputFrame);
      return frame;
    },
    result: (rtp: number, ...detections: ReturnType<typeof found>[]) =>
      presenter.handle({ kind: "result", result: resultOf(rtp >>> 0, detections) }),
  };
}

Deno.test("Presenter, live: a frame is painted at once, and seen two frames of the screen later", async () => {
  const { frame, paintings, timers, shown } = set();
  await timers.advance(5);
  frame(0);
  assert.deepEqual(paintings.map(({ rtp }) => rtp), [0]);
  await timers.advance(400);
  assert.equal(shown.length, 1);
  assert.equal(shown[0]!.receivedAtMs, 5);
  assert.ok(Math.abs(shown[0]!.displayedAtMs - 2 * SCREEN_MS) < 0.01);
  assert.deepEqual([shown[0]!.boxes, shown[0]!.resultKey, shown[0]!.isFirst], ["none", null, true]);
  assert.equal(timers.pending, 0);
});

Deno.test("Presenter, live: of frames that come together the newest wins, the others are counted", async () => {
  const { frame, paintings, timers, report } = set();
  const frames = [frame(0), frame(3000), frame(6000)];
  await timers.advance(400);
  assert.deepEqual(paintings.map(({ rtp }) => rtp), [0, 6000]);
  assert.deepEqual(frames.map(({ isClosed }) => isClosed), [true, true, false]);
  const { received, shown, skipped } = report().counts;
  assert.deepEqual([received, shown, skipped.late], [3, 1, 2]);
});

for (const display of ["live", "synced"] as const) {
  Deno.test(`Presenter, ${display}: for a page that nobody sees nothing is painted, and it goes on when seen`, async () => {
    const { frame, result, paintings, timers, presenter, report } = set();
    presenter.handle({ kind: "display", display, predict: true });
    presenter.handle({ kind: "expect", results: true });
    const show = async (rtp: number) => {
      const shown = frame(rtp);
      result(rtp, found(0.2));
      await timers.advance(40);
      return shown;
    };
    await show(0);
    presenter.handle({ kind: "seen", isSeen: false });
    const before = paintings.length;
    // The screen calls for frames all the same.
    const unseen = [await show(3000), await show(6000), await show(9000)];
    presenter.handle({ kind: "style", style: { labels: [], mirror: true, isClean: false } });
    await timers.advance(2_000);
    assert.equal(paintings.length, before);
    assert.deepEqual([report().counts.received, report().counts.skipped.unseen], [4, 3], "told");
    assert.deepEqual(unseen.map(({ isClosed }) => isClosed), [true, true, true]);

    presenter.handle({ kind: "seen", isSeen: true });
    await show(200_000);
    await timers.advance(400);
    const last = paintings.at(-1)!;
    assert.deepEqual([last.rtp, last.lefts.length], [200_000, 1]);
    const { received, shown, skipped, paired } = report().counts;
    assert.deepEqual([received, shown, skipped.unseen, paired], [5, 2, 3, 5]);
  });
}

Deno.test("Presenter, live: boxes are moved by the video's own time, across the wrap of RTP", async () => {
  const { frame, result, paintings, timers, shown, report } = set();
  const start = 2 ** 32 - 3000;
  frame(start);
  await timers.advance(50);
  result(start, found(0.3, { trackId: 1, velocity: moving(0.3) }));
  await timers.advance(50);
  frame(start + 100 * TICKS_PER_MS);
  await timers.advance(400);
  const lefts = paintings.map((painting) => painting.lefts.map((x) => x.toFixed(3)));
  assert.deepEqual(lefts, [[], ["0.200"], ["0.230"]]);
  const seen = shown.map(({ boxes, ageMs, isFirst }) => [boxes, ageMs, isFirst]);
  assert.deepEqual(seen, [["none", null, true], ["own", 0, false], ["predicted", 100, true]]);
  assert.deepEqual([report().counts.paired, report().counts.unpaired], [1, 0]);
});

Deno.test("Presenter, synced: each frame waits for its answer; own boxes are exact, others marked", async () => {
  const { presenter, frame, result, paintings, timers, shown, report } = set();
  presenter.handle({ kind: "display", display: "synced", predict: true });
  presenter.handle({ kind: "expect", results: true });
  // A detector that takes 80 ms, and so every third frame at 33 ms.
  for (let index = 0; index < 90; index++) {
    frame(index * 33 * TICKS_PER_MS);
    if (index % 3 === 0) {
      const centre = 0.2 + index / 200;
      timers.setTimeout(() => result(index * 33 * TICKS_PER_MS + 60, found(centre)), 80);
    }
    await timers.advance(33);
  }
  const settled = shown.filter(({ key }) => key!.value > 30 * 33 * TICKS_PER_MS);
  assert.ok(settled.length > 40);
  for (const { key, boxes } of settled) {
    assert.equal(boxes, key!.value / (33 * TICKS_PER_MS) % 3 === 0 ? "own" : "between");
  }
  for (const { rtp, lefts, stroke } of paintings.slice(-40)) {
    const index = rtp! / (33 * TICKS_PER_MS);
    assert.equal(stroke, index % 3 === 0 ? "bold" : "broken");
    assert.ok(Math.abs(lefts[0]! - (0.1 + index / 200)) < 2e-3, `${index}: ${lefts}`);
  }
  const { counts, delayMs } = report();
  assert.deepEqual(counts.skipped, NONE_SKIPPED);
  assert.ok(delayMs > 100 && delayMs < 200, `${delayMs}`);
});

Deno.test("Presenter: a result of a frame that never came is unpaired", async () => {
  const { frame, result, timers, report } = set();
  frame(0);
  result(45_000, found(0.5));
  result(90, found(0.5));
  frame(90_000);
  await timers.advance(400);
  assert.deepEqual([report().counts.paired, report().counts.unpaired], [1, 1]);
});

Deno.test("Presenter: after a reset the old boxes are gone; after a stop the picture is, too", async () => {
  const { presenter, frame, result, paintings, timers } = set();
  const first = frame(0);
  result(0, found(0.5));
  await timers.advance(50);
  assert.equal(paintings.at(-1)!.lefts.length, 1);
  presenter.handle({ kind: "reset" });
  await timers.advance(50);
  assert.deepEqual(paintings.at(-1), { rtp: 0, lefts: [], stroke: "bold" });
  presenter.stop();
  assert.deepEqual(paintings.at(-1), { rtp: undefined, lefts: [], stroke: "bold" });
  assert.equal(first.isClosed, true);
});

Deno.test("Presenter: over a stop that is held the picture stays, and its frame is closed", async () => {
  const { presenter, frame, paintings, timers } = set();
  const first = frame(0);
  await timers.advance(50);
  presenter.stop(true);
  await timers.advance(50);
  assert.equal(paintings.at(-1)!.rtp, 0);
  assert.equal(first.isClosed, true);
});

Deno.test("Presenter: another camera's frames show none of the last one's boxes", async () => {
  const { frame, result, paintings, timers } = set();
  frame(0);
  result(0, found(0.5));
  await timers.advance(50);
  frame(2 ** 31 + 5);
  await timers.advance(50);
  assert.deepEqual([paintings.at(-1)!.rtp, paintings.at(-1)!.lefts], [2 ** 31 + 5, []]);
});

Deno.test("Presenter: a frame that cannot be painted is counted and closed", async () => {
  const world = set();
  world.frame(0);
  await world.timers.advance(400);
  world.break();
  const frame = world.frame(3000);
  await world.timers.advance(50);
  assert.equal(frame.isClosed, true);
  world.presenter.handle({ kind: "area", widthPx: 10, heightPx: 10, pixelRatio: 1 });
  await world.timers.advance(400);
});

Deno.test("Presenter: a result of another source, however far off, keeps no box of this one away", async () => {
  const { frame, result, paintings, timers } = set();
  frame(0);
  await timers.advance(50);
  // Hours ahead, as one random RTP base is of another.
  result(2 ** 30, found(0.9));
  result(0, found(0.5));
  frame(3000);
  await timers.advance(400);
  assert.deepEqual(paintings.at(-1)!.lefts.map((x) => x.toFixed(1)), ["0.4"]);
});

Deno.test("Presenter, live: a picture is given with boxes, of the frame asked for or a later one", async () => {
  const { frame, result, order, paintings, pictures, timers } = set();
  frame(0);
  await timers.advance(50);
  order(1, 0);
  await timers.advance(50);
  assert.equal(pictures.size, 0, "no boxes so far");
  result(0, found(0.3));
  await timers.advance(50);
  const painting = paintings[pictures.get(1) as number]!;
  assert.deepEqual([painting.rtp, painting.lefts.length], [0, 1]);
  order(2, 4500);
  await timers.advance(50);
  assert.equal(pictures.size, 1, "that frame is not there yet");
  frame(4500);
  await timers.advance(50);
  assert.equal(paintings[pictures.get(2) as number]!.rtp, 4500);
});

Deno.test("Presenter: pictures that cannot be given are refused, and of too many the oldest", async () => {
  const { frame, result, order, presenter, pictures, timers, breakCopies } = set();
  order(1, 0);
  assert.equal(pictures.get(1), null, "of nothing");
  frame(0);
  for (const id of [2, 3, 4, 5, 6]) order(id, 0);
  assert.deepEqual([...pictures], [[1, null], [2, null]]);
  presenter.stop();
  assert.deepEqual([...pictures.keys()].sort(), [1, 2, 3, 4, 5, 6]);
  breakCopies();
  frame(9000);
  result(9000, found(0.3));
  await timers.advance(50);
  order(7, 9000);
  await timers.advance(50);
  assert.equal(pictures.get(7), null);
});

/** Sees one object where it is told to, from the first result on. */
class FakeFollower {
  readonly looked: number[] = [];
  readonly fallenBack = 7;
  newestMs = -Infinity;
  centre = 0.5;
  #hasResult = false;

  look(_: unknown, timeMs: number): void {
    this.looked.push(timeMs);
    this.newestMs = timeMs;
  }

  addResult(): void {
    this.#hasResult = true;
  }

  objectsAt() {
    if (!this.#hasResult) return null;
    return [{
      ...found(this.centre),
      ...{
        confidence: 0.9,
        velocity: { x: 0, y: 0 },
        unconfirmedMs: 0,
        behindMs: 0,
        isAlone: false,
      },
    }];
  }

  forgetResults(): void {}
  reset(): void {}

  /** As the code under test takes it. */
  get asFollower(): FrameFollower {
    return this as unknown as FrameFollower;
  }
}

Deno.test("Presenter, live: frames are looked at after they are painted, and painted again where boxes moved", async () => {
  const following = new FakeFollower();
  const { presenter, frame, result, paintings, timers, shown, report } = set(following.asFollower);
  presenter.handle({ kind: "expect", results: true });
  frame(0);
  result(0, found(0.5));
  await timers.advance(50);
  frame(3000);
  await timers.advance(1);
  const before = paintings.length;
  following.centre = 0.501;
  presenter.followed();
  assert.equal(paintings.length, before, "nobody sees that");
  following.centre = 0.6;
  presenter.followed();
  await timers.advance(400);
  assert.deepEqual(paintings.at(-1)!.lefts.map((x) => x.toFixed(1)), ["0.5"]);
  const { boxes, ageMs } = shown.at(-1)!;
  assert.deepEqual([boxes, Math.round(ageMs!)], ["followed", 33]);
  assert.equal(
    shown.filter(({ key }) => key!.value === 3000).length,
    1,
    "seen once, with the last boxes",
  );
  assert.equal(following.looked.length, 2);
  assert.equal(report().counts.fallenBack, 7);
});

Deno.test("Presenter, live: a new result is painted at once, also where its objects were followed to", async () => {
  const following = new FakeFollower();
  const { presenter, frame, result, paintings, timers, shown } = set(following.asFollower);
  presenter.handle({ kind: "expect", results: true });
  frame(0);
  result(0, found(0.5));
  await timers.advance(50);
  frame(3000);
  await timers.advance(50);
  const before = paintings.length;
  result(3000, found(0.5));
  assert.equal(paintings.length, before + 1);
  presenter.followed();
  await timers.advance(400);
  assert.equal(paintings.length, before + 1, "and once");
  assert.equal(shown.at(-1)!.resultKey?.value, 3000);
});

Deno.test("Presenter: nothing is followed in `synced`, with prediction off, or without results to come", async () => {
  const following = new FakeFollower();
  const { presenter, frame, timers } = set(following.asFollower);
  frame(0);
  await timers.advance(50);
  presenter.handle({ kind: "expect", results: true });
  presenter.handle({ kind: "display", display: "live", predict: false });
  frame(3000);
  await timers.advance(50);
  presenter.handle({ kind: "display", display: "synced", predict: true });
  frame(6000);
  await timers.advance(50);
  presenter.followed();
  assert.deepEqual(following.looked, []);
});

for (const display of ["live", "synced"] as const) {
  Deno.test(`Presenter, ${display}: a picture that stands has no boxes after a second, until it moves on`, async () => {
    const { presenter, frame, result, paintings, timers } = set();
    presenter.handle({ kind: "display", display, predict: true });
    presenter.handle({ kind: "expect", results: true });
    const show = async (ms: number) => {
      frame(ms * TICKS_PER_MS);
      result(ms * TICKS_PER_MS, found(0.3));
      await timers.advance(100);
    };
    // Moving, however long that takes.
    for (let ms = 0; ms < 2_000; ms += 100) await show(ms);
    assert.equal(paintings.at(-1)!.lefts.length, 1);
    await timers.advance(2_000);
    assert.deepEqual(paintings.at(-1)!.lefts, []);
    // A late result of it says nothing of now either.
    result(1_900 * TICKS_PER_MS, found(0.4));
    await timers.advance(100);
    assert.deepEqual(paintings.at(-1)!.lefts, []);
    await show(4_000);
    await timers.advance(500);
    assert.equal(paintings.at(-1)!.lefts.length, 1);
    await timers.advance(2_000);
    assert.equal(timers.pending, 0);
  });
}

Deno.test("Presenter, live: results that overtake their pictures make boxes exact", async () => {
  const { frame, result, paintings, timers, shown, report } = set();
  const at = (ms: number) => ms * TICKS_PER_MS;
  frame(at(0));
  result(at(0), found(0.3, { trackId: 1, velocity: moving(0.3) }));
  await timers.advance(50);
  // The object turns back: no velocity would tell.
  result(at(100), found(0.2, { trackId: 1, velocity: moving(-0.5) }));
  frame(at(50));
  await timers.advance(50);
  frame(at(100));
  await timers.advance(400);
  const lefts = paintings.map((painting) => painting.lefts.map((x) => x.toFixed(3)));
  assert.deepEqual(lefts.slice(-2), [["0.150"], ["0.100"]]);
  const last = shown.slice(-2).map(({ boxes, ageMs }) => [boxes, ageMs]);
  assert.deepEqual(last, [["between", null], ["own", 0]]);
  assert.deepEqual([report().counts.paired, report().counts.unpaired], [2, 0]);
  assert.ok(paintings.every(({ stroke }) => stroke === "bold"));
});

Deno.test("Presenter: a result ahead of all frames is unpaired once it is passed over", async () => {
  const { frame, result, timers, report } = set();
  frame(0);
  result(100 * TICKS_PER_MS, found(0.3));
  await timers.advance(50);
  frame(90 * TICKS_PER_MS);
  await timers.advance(400);
  assert.deepEqual([report().counts.paired, report().counts.unpaired], [0, 0]);
  frame(130 * TICKS_PER_MS);
  await timers.advance(400);
  assert.deepEqual([report().counts.paired, report().counts.unpaired], [0, 1]);
});
