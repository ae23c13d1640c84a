// The person of the clip, and whether the stage shows a box on it.
import type { Page } from "playwright-core";
import { clipFrame, type ClipSpec } from "./clip.ts";
import { iou } from "./picture.ts";
import { type SeenStage, waitForStage } from "./stage.ts";

/** Boxes may be of a frame or two earlier than the one on screen. */
const MIN_IOU = 0.5;

/** How the stage is looked at. */
export interface PersonView {
  /** Whether the page shows the picture mirrored. @default {false} */
  readonly mirror?: boolean;
}

/** Whether a box lies on the person of the very frame that is on the screen. */
export function isOnPerson(
  { frame, boxes }: SeenStage,
  spec: ClipSpec,
  { mirror = false }: PersonView = {},
): boolean {
  if (frame === undefined) return false;
  const { xmin, ymin, xmax, ymax } = clipFrame(spec, frame).objectXyxy;
  const truth = mirror
    ? { xmin: 1 - xmax, ymin, xmax: 1 - xmin, ymax }
    : { xmin, ymin, xmax, ymax };
  return boxes.some((box) => iou(box, truth) >= MIN_IOU);
}

/** Waits until {@linkcode isOnPerson}. @throws {Error} If it takes too long, saying what was seen. */
export async function waitForPerson(
  page: Page,
  spec: ClipSpec,
  { what = "a box on the person", timeoutMs = 60_000, mirror = false }:
    & PersonView
    & { readonly what?: string; readonly timeoutMs?: number } = {},
): Promise<void> {
  await waitForStage(page, (stage) => isOnPerson(stage, spec, { mirror }), { what, timeoutMs });
}
