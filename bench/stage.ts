import type { Page } from "playwright-core";
import { readFrameCode } from "../server/protocol/frame_code.ts";
import { type DrawnBox, findDrawnBoxes } from "./drawn_boxes.ts";
import { type AreaPx, greyAt, readPng } from "./pixels.ts";

/** What a person sees on the viewer's stage, or the phone's preview, at one moment, read from the screen's pixels. */
export interface SeenStage {
  /** Number burned into the frame on screen; `undefined` when no frame of a clip is shown. */
  readonly frame: number | undefined;
  /** Boxes drawn over the picture, normalised to it. */
  readonly boxes: readonly DrawnBox[];
}

/** Takes a screenshot of the stage's picture and reads it; `undefined` while no video is in sight. */
export async function seeStage(page: Page): Promise<SeenStage | undefined> {
  const onPage = await pictureArea(page);
  if (!onPage || !isInSight(page, onPage)) return undefined;
  const { xPx: x, yPx: y, widthPx: width, heightPx: height } = onPage;
  // Of the picture alone: to make and to read one of the whole page takes three times the CPU.
  const shot = readPng(await page.screenshot({ scale: "css", clip: { x, y, width, height } }));
  // What is out of sight on the left or above is not on it.
  const area = { ...onPage, xPx: Math.min(0, x), yPx: Math.min(0, y) };
  const frame = readFrameCode((x, y) =>
    greyAt(shot, area.xPx + x * area.widthPx, area.yPx + y * area.widthPx)
  );
  return { frame, boxes: findDrawnBoxes(shot, area) };
}

function isInSight(page: Page, { xPx, yPx, widthPx, heightPx }: AreaPx): boolean {
  const { width, height } = page.viewportSize()!;
  return xPx < width && yPx < height && Math.min(xPx, 0) + widthPx > 0 &&
    Math.min(yPx, 0) + heightPx > 0 && widthPx > 0 && heightPx > 0;
}

/** Where the video's picture is on the screen: the part of its element that it fills. */
export async function pictureArea(page: Page): Promise<AreaPx | undefined> {
  return await page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement>(
      "[data-testid=video], [aria-label='Camera preview']",
    );
    if (!video || video.videoWidth === 0) return undefined;
    const { left, top, width, height } = video.getBoundingClientRect();
    const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
    const widthPx = video.videoWidth * scale;
    const heightPx = video.videoHeight * scale;
    return {
      xPx: Math.round(left + (width - widthPx) / 2),
      yPx: Math.round(top + (height - heightPx) / 2),
      widthPx: Math.round(widthPx),
      heightPx: Math.round(heightPx),
    };
  });
}

const LOOK_INTERVAL_MS = 300;

/** What waiting for something on the stage needs. */
export interface Wait {
  /** Shown when it never came. */
  readonly what: string;
  readonly timeoutMs: number;
}

/**
 * Looks at the stage until `accept` is satisfied.
 * @throws {Error} If that takes longer than `timeoutMs`; the message says what was seen last.
 */
export async function waitForStage(
  page: Page,
  accept: (stage: SeenStage) => boolean,
  { what, timeoutMs }: Wait,
): Promise<SeenStage> {
  const deadline = performance.now() + timeoutMs;
  let last: SeenStage | undefined;
  do {
    last = await seeStage(page);
    if (last && accept(last)) return last;
    // Each look costs the page some work, and looking must not slow down what is looked at.
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  } while (performance.now() < deadline);
  const seen = last ? `frame ${last.frame}, boxes ${JSON.stringify(last.boxes)}` : "no video";
  throw new Error(`Cannot see ${what} within ${timeoutMs} ms: ${seen}`);
}

/** Waits until the clip's frames change on the screen: video flows. */
export async function waitForVideo(page: Page): Promise<void> {
  const timeoutMs = 30_000;
  const some = { what: "a frame of the clip", timeoutMs };
  const first = await waitForStage(page, ({ frame }) => frame !== undefined, some);
  const other = { what: "another frame of the clip", timeoutMs };
  const isOther = ({ frame }: SeenStage) => frame !== undefined && frame !== first.frame;
  await waitForStage(page, isOther, other);
}

/** Waits until there is a box over a frame. */
export async function waitForBox(page: Page, wait: Partial<Wait> = {}): Promise<void> {
  const isBoxed = ({ frame, boxes }: SeenStage) => frame !== undefined && boxes.length > 0;
  await waitForStage(page, isBoxed, { what: "a box", timeoutMs: 60_000, ...wait });
}

/** Waits until there is a frame without any box. */
export async function waitForBareFrame(page: Page, wait: Partial<Wait> = {}): Promise<void> {
  const isBare = ({ frame, boxes }: SeenStage) => frame !== undefined && boxes.length === 0;
  await waitForStage(page, isBare, { what: "video without boxes", timeoutMs: 15_000, ...wait });
}

/** The rows of the list of detections, as a screen reader gives them. */
export function readDetections(page: Page): Promise<string[]> {
  return page.getByRole("list", { name: "Detections" }).getByRole("listitem").allInnerTexts();
}
