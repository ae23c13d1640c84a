import assert from "node:assert/strict";
import { averagePrecision } from "./coco_map.ts";
import {
  type BoxXywh,
  LARGE_AREA_PX2,
  matchClasses,
  type ScoredBox,
  type TruthBox,
} from "./coco_match.ts";

const BOX: BoxXywh = [10, 10, 100, 100];
const ELSEWHERE: BoxXywh = [300, 300, 50, 50];

function truth(boxXywh: BoxXywh, other: Partial<TruthBox> = {}): TruthBox {
  return { pictureId: 1, classId: 0, boxXywh, isCrowd: false, ...other };
}

function found(boxXywh: BoxXywh, score: number, other: Partial<ScoredBox> = {}): ScoredBox {
  return { pictureId: 1, classId: 0, boxXywh, score, ...other };
}

function evaluate(truths: readonly TruthBox[], detections: readonly ScoredBox[]) {
  return averagePrecision(matchClasses(truths, detections));
}

function assertNear(actual: number | null | undefined, expected: number): void {
  assert.ok(typeof actual === "number" && Math.abs(actual - expected) < 1e-12, `${actual}`);
}

Deno.test("averagePrecision() is 1 for what is exactly right and 0 for what is not found", () => {
  const exact = evaluate([truth(BOX)], [found(BOX, 0.9)]);
  assertNear(exact.ap50to95, 1);
  assertNear(exact.ap50, 1);
  assert.equal(evaluate([truth(BOX)], []).ap50to95, 0);
  assert.equal(evaluate([truth(BOX)], [found(ELSEWHERE, 0.9)]).ap50to95, 0);
});

Deno.test("averagePrecision() is null without objects, and leaves classes without objects out", () => {
  assert.equal(evaluate([], [found(BOX, 0.9)]).ap50to95, null);
  const { ap50, byClass } = evaluate([truth(BOX)], [
    found(BOX, 0.9),
    found(BOX, 0.9, { classId: 1 }),
  ]);
  assertNear(ap50, 1);
  assert.deepEqual([...byClass.keys()], [0]);
});

Deno.test("averagePrecision() counts a box at the IoUs that it reaches", () => {
  // IoU 0.72: it reaches 0.50, 0.55, 0.60, 0.65 and 0.70.
  const { ap50to95, ap50 } = evaluate([truth(BOX)], [found([10, 10, 72, 100], 0.9)]);
  assertNear(ap50to95, 0.5);
  assertNear(ap50, 1);
});

Deno.test("averagePrecision() reads the best precision at each of 101 recalls", () => {
  // Right, wrong, right: precision 1 up to recall 0.5 (51 points), 2/3 up to 1 (50 points).
  const { ap50 } = evaluate(
    [truth(BOX), truth(ELSEWHERE)],
    [found(BOX, 0.9), found([500, 500, 20, 20], 0.8), found(ELSEWHERE, 0.7)],
  );
  assertNear(ap50, (51 + 50 * 2 / 3) / 101);
});

Deno.test("matchClasses() gives an object to one detection only, the one of the best score", () => {
  const { ap50 } = evaluate(
    [truth(BOX), truth(ELSEWHERE)],
    [found(BOX, 0.8), found(BOX, 0.9), found(ELSEWHERE, 0.7)],
  );
  assertNear(ap50, (51 + 50 * 2 / 3) / 101);
});

Deno.test("matchClasses() keeps pictures and classes apart", () => {
  assert.equal(evaluate([truth(BOX)], [found(BOX, 0.9, { pictureId: 2 })]).ap50, 0);
  assert.equal(evaluate([truth(BOX)], [found(BOX, 0.9, { classId: 2 })]).ap50, 0);
});

Deno.test("matchClasses() ignores what lies in a crowd, however much it is", () => {
  const crowd = truth([0, 300, 600, 200], { isCrowd: true });
  const inCrowd = [0, 100, 200].map((x) => found([x, 320, 80, 80], 0.95));
  assertNear(evaluate([crowd, truth(BOX)], [...inCrowd, found(BOX, 0.9)]).ap50to95, 1);
  assert.equal(evaluate([crowd], inCrowd).ap50to95, null);
});

Deno.test("matchClasses() counts no more than 100 detections of a class in a picture", () => {
  const wrong = (count: number) => Array.from({ length: count }, () => found(ELSEWHERE, 0.9));
  assertNear(evaluate([truth(BOX)], [...wrong(99), found(BOX, 0.1)]).ap50, 0.01);
  assert.equal(evaluate([truth(BOX)], [...wrong(100), found(BOX, 0.1)]).ap50, 0);
});

interface Golden {
  readonly expected: {
    readonly "ap50_95": number;
    readonly ap50: number;
    readonly "large_ap50_95": number;
    readonly "by_class": Readonly<Record<string, number>>;
  };
  readonly truths: readonly GoldenBox[];
  readonly found: readonly (GoldenBox & { readonly score: number })[];
}

interface GoldenBox {
  readonly picture: number;
  readonly class: number;
  readonly "box_xywh": BoxXywh;
  readonly crowd?: boolean;
}

Deno.test("averagePrecision() says what pycocotools says of random boxes", async () => {
  const url = new URL("testdata/coco_golden.json", import.meta.url);
  const golden: Golden = JSON.parse(await Deno.readTextFile(url));
  const place = (box: GoldenBox) => ({ pictureId: box.picture, classId: box.class });
  const truths = golden.truths.map((box) =>
    truth(box.box_xywh, { ...place(box), isCrowd: box.crowd === true })
  );
  const detections = golden.found.map((box) => found(box.box_xywh, box.score, place(box)));
  const { ap50to95, ap50, byClass } = evaluate(truths, detections);
  const large = matchClasses(truths, detections, { minAreaPx2: LARGE_AREA_PX2 });
  assertNear(averagePrecision(large).ap50to95, golden.expected.large_ap50_95);
  assertNear(ap50to95, golden.expected.ap50_95);
  assertNear(ap50, golden.expected.ap50);
  assert.equal(byClass.size, Object.keys(golden.expected.by_class).length);
  for (const [classId, expected] of Object.entries(golden.expected.by_class)) {
    assertNear(byClass.get(Number(classId)), expected);
  }
});
