import type { FrameFormat } from "./ffmpeg_args.ts";

/** Longest header that is taken; ffmpeg's has some 80 characters. */
export const MAX_HEADER_BYTES = 512;

/** Before each frame; ffmpeg writes no parameters there. */
export const FRAME_MARK = "FRAME\n";

/** A rate that a camera may have; any other is none, but a clock's. */
const FPS = { least: 1, most: 120, else: "30" };

/**
 * The size and rate that the header of a YUV4MPEG2 stream tells. @param line Without its line end.
 * @throws {RangeError} If it is none, or of frames that are not taken here.
 */
export function parseY4mHeader(line: string): FrameFormat {
  const [magic, ...fields] = line.split(" ");
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1) ?? "";
  const widthPx = Number(field("W"));
  const heightPx = Number(field("H"));
  const isSize = [widthPx, heightPx].every((side) =>
    Number.isInteger(side) && side >= 2 && side <= 4096 && side % 2 === 0
  );
  if (magic !== "YUV4MPEG2" || !isSize || !field("C").startsWith("420")) {
    throw new RangeError("Cannot read frames: they are not as they were asked for");
  }
  const [frames, seconds] = field("F").split(":").map(Number);
  const fps = frames! / seconds!;
  const isRate = fps >= FPS.least && fps <= FPS.most;
  return { widthPx, heightPx, rate: isRate ? `${frames}/${seconds}` : FPS.else };
}

/** Bytes of one frame: luma, then the two chroma planes at half the size. */
export function i420Bytes({ widthPx, heightPx }: FrameFormat): number {
  return widthPx * heightPx * 3 / 2;
}
