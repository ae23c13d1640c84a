// The person of all clips, and whether the stage shows a box on it.
import type { Page } from "playwright-core";
import { clipFrame } from "./clip.ts";
import { personClip } from "./fixtures.ts";
import { iou } from "./picture.ts";
import { type SeenStage, type Wait, waitForStage } from "./stage.ts";

/** Boxes may be of a frame or two earlier than the one on screen. */
const MIN_IOU = 0.5;

const spec = await personClip();

/** Waits until a box lies on the person of the frame on screen. @throws {Error} As `waitForStage`. */
export async function waitForPerson(page: Page, wait: Partial<Wait> = {}): Promise<void> {
  const isOnPerson = ({ frame, boxes }: SeenStage) => {
    if (frame === undefined) return false;
    const { objectXyxy } = clipFrame(spec, frame);
    return boxes.some((box) => iou(box, objectXyxy) >= MIN_IOU);
  };
  await waitForStage(page, isOnPerson, {
    what: "a box on the person",
    timeoutMs: 60_000,
    ...wait,
  });
}
