import { type Detection, Follower, type NormalizedXyxy, Tracker } from "../../crates/vision/mod.ts";
import { BoxList, iou } from "../../client/present/box_list.ts";
import { LiveBoxes } from "../../client/present/live_boxes.ts";
import { ResultBook } from "../../client/present/result_book.ts";
import { HEIGHT, makeScene, type Random, type SceneKind, seeded, SHRINK, WIDTH } from "./scenes.ts";

/** How late and how often results come, ms. */
export interface Schedule {
  readonly everyMs: number;
  readonly lateMs: number;
}

/** The two of the study: a slow model, and a busy machine. */
export const SCHEDULES: readonly Schedule[] = [
  { everyMs: 125, lateMs: 300 },
  { everyMs: 330, lateMs: 700 },
];

/** How boxes are brought to the newest frame. */
export const METHODS = ["held", "model", "followed"] as const;
export type Method = typeof METHODS[number];

/** How a method did: of each object in each frame. */
export class Score {
  readonly errorsPx: number[] = [];
  covered = 0;
  seen = 0;
  /** Boxes that are on no object. */
  ghosts = 0;
  boxes = 0;

  /** Adds what another counted. */
  add(other: Score): void {
    for (const error of other.errorsPx) this.errorsPx.push(error);
    this.covered += other.covered;
    this.seen += other.seen;
    this.ghosts += other.ghosts;
    this.boxes += other.boxes;
  }
}

const FPS = 30;
const STEP_MS = 1000 / FPS;
const SECONDS = 10;
/** Before this there are no results yet. */
const WARM_MS = 1500;
/** How well detectors find: share missed, standard deviation of a side in shares of it, false alarms a frame. */
const MISSED = 0.05;
const JITTER = 0.02;
const FALSE = 0.03;
const SCORE_THRESHOLD = 0.4;

/** Runs one scene under one schedule with every method. */
export function runScene(
  kind: SceneKind,
  seed: number,
  { everyMs, lateMs }: Schedule,
): Record<Method, Score> {
  const random = seeded(seed);
  const count = SECONDS * FPS;
  const scene = makeScene(kind, random, count, STEP_MS / 1000);
  const objects = scene.things.filter(({ isObject }) => isObject);
  const scores = { held: new Score(), model: new Score(), followed: new Score() };
  const tracker = new Tracker();
  const follower = new Follower();
  const book = new ResultBook();
  const lives = { held: new LiveBoxes(), model: new LiveBoxes() };
  lives.held.predict(false);
  const boxes = new BoxList();
  const coming: { readonly atMs: number; readonly frame: number; readonly found: Detection[] }[] =
    [];
  let nextMs = 0;
  for (let frame = 0; frame < count; frame++) {
    const nowMs = frame * STEP_MS;
    const luma = scene.render(frame, random);
    follower.frameBuffer(luma.values.length).set(luma.values);
    const { width: widthPx, height: heightPx } = luma;
    follower.addFrame({ widthPx, heightPx, plane: { offset: 0, stride: widthPx } }, nowMs);
    const truths = objects.map((thing) => scene.boxOf(thing, frame));
    if (nowMs >= nextMs) {
      nextMs += everyMs;
      coming.push({ atMs: nowMs + lateMs, frame, found: detect(truths, random) });
    }
    while (coming.length > 0 && coming[0]!.atMs <= nowMs) {
      const result = coming.shift()!;
      const timeMs = result.frame * STEP_MS;
      const tracked = tracker.update(result.found, { timeMs, scoreThreshold: SCORE_THRESHOLD });
      const placed = book.add(timeMs, { key: null, ...tracked, trackEpoch: 1 });
      lives.held.add(placed, nowMs);
      lives.model.add(placed, nowMs);
      follower.addResult(placed.found, timeMs);
    }
    follower.step(1e6);
    if (nowMs < WARM_MS) continue;
    for (const method of ["held", "model"] as const) {
      boxes.clear();
      lives[method].collect(nowMs, boxes);
      const shown = Array.from({ length: boxes.length }, (_, index) => boxes.at(index));
      judge(scores[method], truths, shown.filter(({ opacity }) => opacity > 0.3));
    }
    judge(scores.followed, truths, follower.objects().map(({ box }) => box));
  }
  tracker.free();
  follower.free();
  return scores;
}

/** What a detector finds of what is there. */
function detect(truths: readonly NormalizedXyxy[], random: Random): Detection[] {
  const found: Detection[] = [];
  const noise = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  for (const { xmin, ymin, xmax, ymax } of truths) {
    const [width, height] = [xmax - xmin, ymax - ymin];
    if (random() < MISSED || width < 12 || height < 12) continue;
    const side = (at: number, length: number, most: number) =>
      Math.max(
        0,
        Math.min(1, at === 0 || at === most ? at / most : (at + noise() * JITTER * length) / most),
      );
    const box = {
      xmin: side(xmin, width, WIDTH),
      ymin: side(ymin, height, HEIGHT),
      xmax: side(xmax, width, WIDTH),
      ymax: side(ymax, height, HEIGHT),
    };
    found.push({ box, score: 0.5 + 0.4 * random(), classId: 0 });
  }
  if (random() < FALSE) {
    const [x, y] = [0.8 * random(), 0.8 * random()];
    const box = { xmin: x, ymin: y, xmax: x + 0.1, ymax: y + 0.15 };
    found.push({ box, score: 0.5, classId: 0 });
  }
  return found.sort((a, b) => b.score - a.score);
}

/** Compares what is shown with what is there, px at 640×480. */
function judge(
  score: Score,
  truths: readonly NormalizedXyxy[],
  shown: readonly NormalizedXyxy[],
): void {
  const px = shown.map(({ xmin, ymin, xmax, ymax }) => ({
    xmin: xmin * WIDTH,
    ymin: ymin * HEIGHT,
    xmax: xmax * WIDTH,
    ymax: ymax * HEIGHT,
  }));
  const left = new Set(px);
  score.boxes += px.length;
  for (const truth of truths) {
    // What is hardly in the picture is nobody's to find.
    if (truth.xmax - truth.xmin < 12 * SHRINK / 2 || truth.ymax - truth.ymin < 12) continue;
    score.seen += 1;
    let best: NormalizedXyxy | undefined;
    let nearest = Infinity;
    for (const box of left) {
      const away = distance(box, truth);
      if (away < nearest) [best, nearest] = [box, away];
    }
    if (best === undefined) continue;
    left.delete(best);
    score.errorsPx.push(nearest);
    if (iou(best, truth) >= 0.5) score.covered += 1;
  }
  for (const box of left) if (truths.every((truth) => iou(box, truth) < 0.3)) score.ghosts += 1;
}

function distance(a: NormalizedXyxy, b: NormalizedXyxy): number {
  const [x, y] = [a.xmin + a.xmax - b.xmin - b.xmax, a.ymin + a.ymax - b.ymin - b.ymax];
  return Math.hypot(x, y) / 2;
}
