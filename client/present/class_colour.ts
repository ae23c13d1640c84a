/** Hues are spread by the golden angle, so that neighbouring class ids differ most. */
const GOLDEN_ANGLE_DEG = 137.508;

/** Where class 0 (people, in COCO) starts: a green that shows on most backgrounds. */
const FIRST_HUE_DEG = 140;

/** Made once each: they are asked for at every painting. */
const colours = new Map<number, string>();

/** A bright colour for a class, as CSS; always the same for the same id. */
export function classColour(classId: number): string {
  const known = colours.get(classId);
  if (known !== undefined) return known;
  const hue = (FIRST_HUE_DEG + classId * GOLDEN_ANGLE_DEG) % 360;
  const colour = `hsl(${hue.toFixed(1)} 95% 55%)`;
  colours.set(classId, colour);
  return colour;
}
