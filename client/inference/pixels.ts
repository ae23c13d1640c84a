import "../base/web_platform.ts";
import { readCanvas } from "./read_back.ts";
import type { FrameLayout, PixelFormat, SizePx } from "@/vision";

/** The core's frame buffer: of a `Vision` or of a `Scaler`. */
export interface FrameBufferOwner {
  frameBuffer(byteLength: number): Uint8Array<ArrayBuffer>;
}

/** Formats that the Rust core reads as they are. */
const DIRECT_FORMATS: ReadonlySet<string> = new Set<PixelFormat>([
  "RGBA",
  "RGBX",
  "BGRA",
  "BGRX",
  "I420",
  "NV12",
]);

/** Made at the first frame that needs it. */
let canvas: OffscreenCanvas | null = null;

/**
 * Copies a frame's pixels into the Rust core's memory: the bytes as they are where the core knows
 * the format, as RGBA where the browser converts, through a canvas where nothing else works. The
 * frame stays the caller's to close.
 */
export async function copyPixels(
  frame: VideoFrame | ImageBitmap,
  owner: FrameBufferOwner,
): Promise<FrameLayout> {
  if (!("copyTo" in frame) || isTurned(frame)) {
    return await copyThroughCanvas(frame, owner);
  }
  if (frame.format !== null && DIRECT_FORMATS.has(frame.format)) {
    return await copyDirectly(frame, owner, frame.format as PixelFormat);
  }
  try {
    return await copyAsRgba(frame, owner);
  } catch {
    // Conversion inside copyTo is newer than copyTo.
    return await copyThroughCanvas(frame, owner);
  }
}

async function copyDirectly(
  frame: VideoFrame,
  owner: FrameBufferOwner,
  format: PixelFormat,
): Promise<FrameLayout> {
  const planes = await frame.copyTo(owner.frameBuffer(frame.allocationSize()));
  return { format, planes, ...sizeOf(frame), ...colourOf(frame.colorSpace) };
}

async function copyAsRgba(frame: VideoFrame, owner: FrameBufferOwner): Promise<FrameLayout> {
  const options = { format: "RGBA" } as const;
  const planes = await frame.copyTo(owner.frameBuffer(frame.allocationSize(options)), options);
  return { format: "RGBA", planes, ...sizeOf(frame), matrix: "bt601", range: "full" };
}

/** The size in which a frame is on screen: turned, where its bytes are not. */
export function shownSize(frame: VideoFrame | ImageBitmap): SizePx {
  return "displayWidth" in frame
    ? { widthPx: frame.displayWidth, heightPx: frame.displayHeight }
    : { widthPx: frame.width, heightPx: frame.height };
}

async function copyThroughCanvas(
  frame: VideoFrame | ImageBitmap,
  owner: FrameBufferOwner,
): Promise<FrameLayout> {
  const { widthPx, heightPx } = shownSize(frame);
  canvas ??= new OffscreenCanvas(widthPx, heightPx);
  if (canvas.width !== widthPx || canvas.height !== heightPx) {
    canvas.width = widthPx;
    canvas.height = heightPx;
  }
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(frame, 0, 0, widthPx, heightPx);
  const { format, data } = await readCanvas(context);
  owner.frameBuffer(data.length).set(data);
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format, widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}

/** Rotated or flipped on display: its bytes are not what is on screen. */
function isTurned(frame: VideoFrame): boolean {
  return (frame.rotation ?? 0) !== 0 || frame.flip === true;
}

function sizeOf(frame: VideoFrame): { widthPx: number; heightPx: number } {
  const { width, height } = frame.visibleRect ??
    { width: frame.codedWidth, height: frame.codedHeight };
  return { widthPx: width, heightPx: height };
}

/** Unsaid, WebRTC video is BT.601 limited, which libwebrtc also assumes. */
function colourOf(space: VideoColorSpace): Pick<FrameLayout, "matrix" | "range"> {
  return {
    matrix: space.matrix === "bt709" ? "bt709" : "bt601",
    range: space.fullRange === true ? "full" : "limited",
  };
}
