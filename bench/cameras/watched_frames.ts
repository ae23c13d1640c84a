import type { Page } from "playwright-core";
import { CODE_NUMBERS, readFrameCode } from "../../server/protocol/frame_code.ts";

/** One frame of the drawn scene as a page shows it. */
export interface WatchedFrame {
  /** As the browser sees it on the frame. */
  readonly rtpTimestamp: number;
  /** Its own number, as it is drawn into it. */
  readonly number: number;
  /** The time that is drawn into it, ms since the epoch modulo `CODE_NUMBERS`; `null`: none is. */
  readonly timeCode: number | null;
  /** When the browser hands it to be composed, ms since the epoch. */
  readonly presentedAtMs: number;
  /** When the browser expects it on the screen: some steps of its refresh later. */
  readonly displayedAtMs: number;
}

/** Two rows of sixteen blocks, each by the grey value of its middle. */
interface Sample {
  readonly rtpTimestamp: number;
  readonly presentedAtMs: number;
  readonly displayedAtMs: number;
  readonly greys: readonly number[];
}

declare global {
  var watchedSamples: Sample[] | undefined;
}

/** Begins to read the frames that the page's video element shows. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const samples: NonNullable<typeof globalThis.watchedSamples> = [];
    globalThis.watchedSamples = samples;
    const video = document.querySelector("video")!;
    const [bits, rows, sidePx] = [16, 2, 16];
    const canvas = new OffscreenCanvas(bits * sidePx, rows * sidePx);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const look = (
      _nowMs: number,
      { presentationTime, expectedDisplayTime }: VideoFrameCallbackMetadata,
    ) => {
      video.requestVideoFrameCallback(look);
      let frame: VideoFrame & { metadata?(): { rtpTimestamp?: number } };
      try {
        // A video element drawn by itself may be a frame further than its metadata.
        frame = new VideoFrame(video);
      } catch {
        return;
      }
      const rtpTimestamp = frame.metadata?.().rtpTimestamp ?? 0;
      context.drawImage(frame, 0, 0);
      frame.close();
      const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
      const greys: number[] = [];
      for (let row = 0; row < rows; row++) {
        for (let bit = 0; bit < bits; bit++) {
          const x = (bit + 0.5) * sidePx;
          const y = (row + 0.5) * sidePx;
          greys.push(data[(y * width + x) * 4 + 1]!);
        }
      }
      samples.push({
        rtpTimestamp,
        presentedAtMs: performance.timeOrigin + presentationTime,
        displayedAtMs: performance.timeOrigin + expectedDisplayTime,
        greys,
      });
    };
    video.requestVideoFrameCallback(look);
  });
}

/** What was seen since, without frames whose own number cannot be read. */
export async function watchedFrames(page: Page): Promise<WatchedFrame[]> {
  const samples = await page.evaluate(() => globalThis.watchedSamples?.splice(0) ?? []);
  return samples.flatMap(({ greys, ...frame }) => {
    // Of the frame's width: the blocks are a fortieth of it.
    const read = (row: number) =>
      readFrameCode((x, y) => greys[Math.floor(y * 40) * 16 + Math.floor(x * 40)]!, row);
    const number = read(0);
    return number === undefined ? [] : [{ ...frame, number, timeCode: read(1) ?? null }];
  });
}

/** How long after the time that is drawn into a frame something was, ms. */
export function sinceDrawn(timeCode: number, atMs: number): number {
  return ((atMs - timeCode) % CODE_NUMBERS + CODE_NUMBERS) % CODE_NUMBERS;
}

/** Bytes of video that the page has got so far. */
export function videoBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let bytes = 0;
    for (const connection of globalThis.peerlensConnections ?? []) {
      for (const report of (await connection.getStats()).values()) {
        if (report.type === "inbound-rtp" && report.kind === "video") bytes += report.bytesReceived;
      }
    }
    return bytes;
  });
}

/** Bytes of the picture that the page shows now, as a JPEG of this quality. */
export function jpegBytes(page: Page, quality: number): Promise<number> {
  return page.evaluate(async (quality) => {
    const video = document.querySelector("video")!;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d")!.drawImage(video, 0, 0);
    return (await canvas.convertToBlob({ type: "image/jpeg", quality })).size;
  }, quality);
}
