import assert from "node:assert/strict";
import type { ModelEntry } from "@/protocol";
import { outputFault } from "./output_faults.ts";

type HeadKind = ModelEntry["head"]["kind"];

const CLASSES = 3;
const CELLS = 5;

/** For each kind of head: numbers of a box, and where among them its scores are. */
const HEADS: Readonly<Record<HeadKind, { row: number[]; scores: number[]; isColumns: boolean }>> = {
  yolox: { row: [0, 0, -1, -1, 0.5, 0, 1, 0.9], scores: [4, 5, 6, 7], isColumns: false },
  yolov5: { row: [48, 32, 16, 16, 0.5, 0, 1, 0.9], scores: [4, 5, 6, 7], isColumns: false },
  yolov8: { row: [48, 32, 16, 16, 0, 1, 0.9], scores: [4, 5, 6], isColumns: true },
  ltrb: { row: [8, 8, -8, 8, 0, 1, 0.9], scores: [4, 5, 6], isColumns: true },
  nanodet: {
    row: [0, 1, 0.9, ...Array.from({ length: 32 }, (_, at) => at - 16)],
    scores: [0, 1, 2],
    isColumns: false,
  },
  "end-to-end": { row: [40, 24, 56, 40, 0.9, 2], scores: [4], isColumns: false },
};

/** The output of a head whose last box has another value at one place. */
function outputOf(kind: HeadKind, change?: { at: number; value: number }): Float32Array {
  const { row, isColumns } = HEADS[kind];
  const boxes = Array.from({ length: CELLS }, () => [...row]);
  if (change) boxes.at(-1)![change.at] = change.value;
  const numbers = isColumns ? row.flatMap((_, at) => boxes.map((box) => box[at]!)) : boxes.flat();
  return Float32Array.from(numbers);
}

const headOf = (kind: HeadKind): Pick<ModelEntry, "head"> => ({
  head: { name: "output", kind, classes: CLASSES, strides: [8] },
});

for (const kind of Object.keys(HEADS) as HeadKind[]) {
  Deno.test(`outputFault() finds logits of a ${kind} head, also where all are below 0`, () => {
    assert.equal(outputFault(headOf(kind), outputOf(kind)), null);
    for (const at of HEADS[kind].scores) {
      for (const value of [-3.5, 1.5]) {
        const fault = outputFault(headOf(kind), outputOf(kind, { at, value }));
        assert.match(fault ?? "", /has scores from .* expected 0 to 1; if these are logits/);
        assert.ok(fault!.includes(value.toFixed(2)), fault!);
      }
      // As half precision may round.
      assert.equal(outputFault(headOf(kind), outputOf(kind, { at, value: 1.0005 })), null);
    }
  });
}

Deno.test("outputFault() counts what is not finite", () => {
  const output = outputOf("yolov8", { at: 0, value: NaN });
  assert.equal(outputFault(headOf("yolov8"), output), "has 1 of 35 numbers that are not finite");
});
