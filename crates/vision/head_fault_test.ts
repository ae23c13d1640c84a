import assert from "node:assert/strict";
import { headFault, type HeadSpec } from "./mod.ts";
import { plainInput } from "./specs_test_util.ts";

const INPUT = plainInput(96, 64);
const BOXES = 5;

/** A head, the numbers of one of its boxes in each output, and where its scores are. */
interface Case {
  readonly head: Omit<HeadSpec, "classes" | "strides">;
  readonly rows: readonly (readonly number[])[];
  readonly scores: readonly [output: number, value: number][];
  readonly isColumns?: boolean;
}

const boxes = BOXES;
const CASES: readonly Case[] = [
  {
    head: { kind: "yolox" },
    rows: [[0, 0, -1, -1, 0.5, 0, 1, 0.9]],
    scores: [[0, 4], [0, 5], [0, 7]],
  },
  { head: { kind: "ltrb" }, rows: [[8, 8, -8, 8, 0, 1, 0.9]], scores: [[0, 4]], isColumns: true },
  {
    head: { kind: "nanodet" },
    rows: [[0, 1, 0.9, ...Array.from({ length: 32 }, (_, at) => at - 16)]],
    scores: [[0, 0], [0, 2]],
  },
  {
    head: { kind: "yolov5", boxes },
    rows: [[48, 32, 16, 16, 0.5, 0, 1, 0.9]],
    scores: [[0, 4], [0, 6]],
  },
  {
    head: { kind: "yolov8", boxes, skipped: 2 },
    rows: [[48, 32, 16, 16, 0, 1, 0.9, -7, 500]],
    scores: [[0, 4], [0, 6]],
    isColumns: true,
  },
  {
    head: { kind: "detr", boxes, outputs: ["boxes", "scores"] },
    rows: [[0.5, 0.5, 0.2, 0.2], [0, 1, 0.9]],
    scores: [[1, 0], [1, 2]],
  },
  { head: { kind: "end-to-end", boxes }, rows: [[40, 24, 56, 40, 0.9, 2]], scores: [[0, 4]] },
  {
    head: { kind: "torchvision", boxes, outputs: ["boxes", "labels", "scores"] },
    rows: [[40, 24, 56, 40], [3], [0.9]],
    scores: [[2, 0]],
  },
];

function fault(one: Case, change?: { output: number; value: number; to: number }): string | null {
  const { head, rows, isColumns } = one;
  const outputs = rows.map((row, output) => {
    const all = Array.from({ length: BOXES }, () => [...row]);
    for (const box of change?.output === output ? all : []) box[change!.value] = change!.to;
    const numbers = isColumns ? row.flatMap((_, at) => all.map((box) => box[at]!)) : all.flat();
    return Float32Array.from(numbers);
  });
  const spec = { input: INPUT, head: { classes: 3, strides: [], ...head } };
  return headFault(spec, outputs)?.message ?? null;
}

for (const one of CASES) {
  const { kind } = one.head;
  Deno.test(`headFault() tells logits of a ${kind} head from scores, also where all are below 0`, () => {
    assert.equal(fault(one), null);
    for (const [output, value] of one.scores) {
      for (const to of [-3.5, 1.5]) {
        const message = fault(one, { output, value, to });
        assert.match(message ?? "", /has scores from .* expected 0 to 1; if these are logits/);
        assert.ok(message!.includes(to.toFixed(2)), message!);
      }
      // As half precision may round.
      assert.equal(fault(one, { output, value, to: 1.0005 }), null);
    }
  });
}

const of = (kind: string) => CASES.find(({ head }) => head.kind === kind)!;

Deno.test("headFault() knows probabilities where logits are said to be", () => {
  const logits = { ...of("detr"), head: { ...of("detr").head, activation: "sigmoid" as const } };
  assert.match(fault(logits) ?? "", /has scores from 0\.00 to 1\.00, which are probabilities/);
  assert.equal(fault(logits, { output: 1, value: 0, to: -4 }), null);
});

Deno.test("headFault() compares boxes with the input, and classes with those that are", () => {
  const wrong: [string, number, number, RegExp][] = [
    ["end-to-end", 0, 400, /5 of 5 boxes that end before they begin, read as xyxy/],
    ["end-to-end", 2, 400, /5 of 5 boxes far outside of an input of 96x64, by up to 3\.2 times/],
    ["detr", 0, 40, /boxes far outside 0 to 1/],
    ["detr", 2, -0.2, /boxes that end before they begin, read as cxcywh/],
    ["end-to-end", 5, 0.5, /classes such as 0\.5, expected whole numbers from 0 to 2/],
    ["end-to-end", 5, 3, /classes such as 3/],
  ];
  for (const [kind, value, to, words] of wrong) {
    assert.match(fault(of(kind), { output: 0, value, to }) ?? "", words);
  }
  assert.match(
    fault(of("torchvision"), { output: 1, value: 0, to: 0 }) ?? "",
    /such as 0, .* 1 to 3/,
  );
  const small = { ...of("yolov5"), rows: [[0.5, 0.5, 0.2, 0.2, 0.5, 0, 1, 0.9]] };
  assert.match(fault(small) ?? "", /below 2, expected px: they may be shares of the picture/);
  const decoded = { ...of("yolox"), rows: [[48, 32, 16, 16, 0.5, 0, 1, 0.9]] };
  assert.match(fault(decoded) ?? "", /has boxes in px, expected offsets in the grid/);
});

Deno.test("headFault() counts what is not finite, and says nothing of a run without boxes", () => {
  assert.equal(
    fault(of("yolov8"), { output: 0, value: 0, to: NaN }),
    "has 5 of 45 numbers that are not finite",
  );
  const none = { head: { classes: 3, strides: [], ...of("end-to-end").head }, input: INPUT };
  assert.equal(headFault(none, [new Float32Array(0)]), null);
  assert.equal(headFault(none, [new Float32Array(30)]), null);
});
