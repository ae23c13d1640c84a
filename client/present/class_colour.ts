/**
 * Bright colours that people tell apart whichever cones they lack. The most different ones come first.
 * All are saturated, so that they show on a grey picture even when they fade.
 */
export const CLASS_COLOURS = [
  "#00ff90",
  "#ffff00",
  "#24b4ff",
  "#d800b4",
  "#ff9000",
  "#b400ff",
  "#d8006c",
  "#d80000",
] as const;

/** A colour for a class, as CSS. The first class, people in COCO, has one of its own; others share. */
export function classColour(classId: number): string {
  const others = CLASS_COLOURS.length - 1;
  return CLASS_COLOURS[classId === 0 ? 0 : 1 + (classId - 1) % others]!;
}
