/**
 * A box as COCO writes it: left, top, width, height. In pixels of its picture, or any other unit that
 * all boxes of the picture share.
 */
export type BoxXywh = readonly [x: number, y: number, width: number, height: number];

/** An object that is in a picture. */
export interface TruthBox {
  readonly pictureId: number;
  readonly classId: number;
  readonly boxXywh: BoxXywh;
  /** Stands for many objects; what is found in it counts neither for nor against. */
  readonly isCrowd: boolean;
}

/** An object that a model says is in a picture. */
export interface ScoredBox {
  readonly pictureId: number;
  readonly classId: number;
  readonly boxXywh: BoxXywh;
  readonly score: number;
}

/** What a detection turned out to be, at one IoU. */
export const Outcome = { missed: 0, hit: 1, ignored: 2 } as const;

/** All detections of one class, best score first, with what they turned out to be. */
export interface ClassMatches {
  readonly classId: number;
  /** {@linkcode Outcome} of each detection: one array for each of {@linkcode IOU_THRESHOLDS}. */
  readonly outcomes: readonly Uint8Array[];
  /** How many objects of the class there are, those left out that do not count. */
  readonly truths: number;
}

/** 0.5, 0.55, … 0.95, to the last bit as NumPy's `linspace` and so pycocotools has them. */
export const IOU_THRESHOLDS: readonly number[] = Array.from(
  { length: 10 },
  (_, at) => at === 9 ? 0.95 : at * ((0.95 - 0.5) / 9) + 0.5,
);

/** From this area on an object is large: COCO's bound. */
export const LARGE_AREA_PX2 = 96 * 96;

/** Which objects count. */
export interface MatchOptions {
  /** Smaller ones count neither for nor against, and nor does what is found of such a size. @default {0} */
  readonly minAreaPx2?: number;
}

/** Of one class in one picture; COCO's largest `maxDets`. */
const MAX_DETECTIONS = 100;

/**
 * Gives each detection the object it is of: per picture and class, best score first, the free object
 * with the highest IoU that reaches the threshold.
 *
 * Equal scores keep the order of the pictures' ids, then the order given.
 *
 * Source: `COCOeval.evaluateImg` of pycocotools 2.0.11.
 */
export function matchClasses(
  truths: readonly TruthBox[],
  detections: readonly ScoredBox[],
  { minAreaPx2 = 0 }: MatchOptions = {},
): ClassMatches[] {
  const truthsByClass = Map.groupBy(truths, ({ classId }) => classId);
  const foundByClass = Map.groupBy(detections, ({ classId }) => classId);
  const classIds = new Set([...truthsByClass.keys(), ...foundByClass.keys()]);
  return [...classIds].sort((a, b) => a - b).map((classId) =>
    matchClass(classId, {
      truths: truthsByClass.get(classId) ?? [],
      found: foundByClass.get(classId) ?? [],
      minAreaPx2,
    })
  );
}

function matchClass(
  classId: number,
  { truths, found, minAreaPx2 }: {
    readonly truths: readonly TruthBox[];
    readonly found: readonly ScoredBox[];
    readonly minAreaPx2: number;
  },
): ClassMatches {
  const truthsByPicture = Map.groupBy(truths, ({ pictureId }) => pictureId);
  const matched = [...Map.groupBy(found, ({ pictureId }) => pictureId)]
    .sort(([a], [b]) => a - b)
    .flatMap(([pictureId, inPicture]) => {
      const best = inPicture.toSorted((a, b) => b.score - a.score).slice(0, MAX_DETECTIONS);
      const outcomes = matchPicture(truthsByPicture.get(pictureId) ?? [], best, minAreaPx2);
      return best.map(({ score }, at) => ({ score, outcomes: outcomes[at]! }));
    })
    .sort((a, b) => b.score - a.score);
  return {
    classId,
    outcomes: IOU_THRESHOLDS.map((_, at) => Uint8Array.from(matched, (one) => one.outcomes[at]!)),
    truths: truths.filter((box) => !isIgnored(box, minAreaPx2)).length,
  };
}

/** The outcomes of each detection, one for each threshold. */
function matchPicture(
  truths: readonly TruthBox[],
  found: readonly ScoredBox[],
  minAreaPx2: number,
): number[][] {
  // What does not count last, so that it is taken only by what fits no object that does.
  const ordered = truths.map((truth) => ({ ...truth, isIgnored: isIgnored(truth, minAreaPx2) }))
    .sort((a, b) => Number(a.isIgnored) - Number(b.isIgnored));
  const ious = found.map(({ boxXywh }) => ordered.map((truth) => iouWith(truth, boxXywh)));
  const outcomes = found.map((): number[] => []);
  for (const threshold of IOU_THRESHOLDS) {
    const taken = new Set<number>();
    for (const [index, row] of ious.entries()) {
      const match = bestMatch(ordered, row, { threshold, taken });
      if (match !== null) taken.add(match);
      const counts = match === null
        ? areaOf(found[index]!.boxXywh) >= minAreaPx2
        : !ordered[match]!.isIgnored;
      outcomes[index]!.push(
        !counts ? Outcome.ignored : match === null ? Outcome.missed : Outcome.hit,
      );
    }
  }
  return outcomes;
}

function isIgnored({ boxXywh, isCrowd }: TruthBox, minAreaPx2: number): boolean {
  return isCrowd || areaOf(boxXywh) < minAreaPx2;
}

function areaOf([_x, _y, width, height]: BoxXywh): number {
  return width * height;
}

function bestMatch(
  truths: readonly (TruthBox & { readonly isIgnored: boolean })[],
  ious: readonly number[],
  { threshold, taken }: { threshold: number; taken: ReadonlySet<number> },
): number | null {
  let best: number | null = null;
  let bestIou = Math.min(threshold, 1 - 1e-10);
  for (const [index, { isCrowd, isIgnored }] of truths.entries()) {
    // A crowd has room for any number of detections.
    if (taken.has(index) && !isCrowd) continue;
    if (isIgnored && best !== null && !truths[best]!.isIgnored) break;
    // Of equals the last, as the source has it.
    if (ious[index]! < bestIou) continue;
    best = index;
    bestIou = ious[index]!;
  }
  return best;
}

/** Intersection over union; over the detection's own area where the truth is a crowd. */
function iouWith({ boxXywh: [x, y, width, height], isCrowd }: TruthBox, found: BoxXywh): number {
  const [foundX, foundY, foundWidth, foundHeight] = found;
  const shared = Math.min(x + width, foundX + foundWidth) - Math.max(x, foundX);
  const sharedHeight = Math.min(y + height, foundY + foundHeight) - Math.max(y, foundY);
  if (shared <= 0 || sharedHeight <= 0) return 0;
  const intersection = shared * sharedHeight;
  const foundArea = foundWidth * foundHeight;
  return intersection / (isCrowd ? foundArea : foundArea + width * height - intersection);
}
