import assert from "node:assert/strict";
import { CLASS_COLOURS, classColour } from "./class_colour.ts";

/** How people see, as matrices over linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

type Triple = [number, number, number];

/** Red, green and blue, linear, 0–1. */
function linearOf(hex: string): Triple {
  return [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

function times(matrix: readonly (readonly number[])[], vector: Triple): Triple {
  return matrix.map((row) =>
    row.reduce((sum, value, at) => sum + value * vector[at]!, 0)
  ) as Triple;
}

/** CIELAB, in which distances are as large as they look. */
function labOf(linear: Triple): Triple {
  const inside = linear.map((share) => Math.max(0, Math.min(1, share))) as Triple;
  const [x, y, z] = times([
    [0.4124 / 0.95047, 0.3576 / 0.95047, 0.1805 / 0.95047],
    [0.2126, 0.7152, 0.0722],
    [0.0193 / 1.08883, 0.1192 / 1.08883, 0.9505 / 1.08883],
  ], inside).map((share) =>
    share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116
  ) as Triple;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** So different that thin lines side by side are told apart; 2.3 is just noticeable. */
const APART = 20;

Deno.test("classColour(): any two colours are told apart, whichever cones somebody lacks", () => {
  for (const [sight, matrix] of Object.entries(SIGHTS)) {
    const seen = CLASS_COLOURS.map((colour) => labOf(times(matrix, linearOf(colour))));
    for (const [at, one] of seen.entries()) {
      for (const [beside, other] of seen.entries()) {
        if (beside >= at) continue;
        const distance = Math.hypot(...one.map((value, axis) => value - other[axis]!));
        const pair = `${CLASS_COLOURS[at]} and ${CLASS_COLOURS[beside]} with ${sight}`;
        assert.ok(distance >= APART, `${pair}: ${distance.toFixed(1)}`);
      }
    }
  }
});

Deno.test("classColour(): each colour is bright enough to stand out from its dark rim", () => {
  for (const colour of CLASS_COLOURS) {
    const [luminance] = times([[0.2126, 0.7152, 0.0722]], linearOf(colour));
    // WCAG's contrast of graphics, 3, to black.
    assert.ok((luminance! + 0.05) / 0.05 >= 3, `${colour}: ${luminance}`);
  }
});

Deno.test("classColour(): people's is theirs alone; neighbours differ; always the same", () => {
  const ids = Array.from({ length: 80 }, (_, id) => id);
  const colours = ids.map(classColour);
  assert.equal(colours.lastIndexOf(colours[0]!), 0);
  assert.ok(colours.every((colour, id) => colour !== colours[id + 1]));
  assert.deepEqual(ids.map(classColour), colours);
});
