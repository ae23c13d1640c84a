import { MAX_RELAY_SIDE_PX } from "@/protocol";
import type { CameraSpec } from "../base/camera_spec.ts";

/** A picture that is larger is made smaller: what goes through pipes twice costs by its size. */
export const MAX_WIDTH_PX = 1280;
/** See {@linkcode MAX_WIDTH_PX}. */
export const MAX_HEIGHT_PX = 1280;

/** What frames of a source look like, and how many are expected in a second. */
export interface FrameFormat {
  readonly widthPx: number;
  readonly heightPx: number;
  /** As ffmpeg writes rates: `30` or `30000/1001`. */
  readonly rate: string;
}

/**
 * Frames as they are, none made up and none left out to keep a rate: a source's own clock is not
 * believed. From version 5.1 on.
 */
const EVERY_FRAME = ["-fps_mode", "passthrough"];

/** BT.601 in its narrow range, whatever came in: what every browser takes unmarked pixels for. */
const SCALE = `scale=w='min(${MAX_WIDTH_PX},iw)':h='min(${MAX_HEIGHT_PX},ih)'` +
  ":force_original_aspect_ratio=decrease:force_divisible_by=2" +
  ":out_color_matrix=bt601:out_range=tv,format=yuv420p";

/** YUV4MPEG2: a header that says size and rate, then raw frames. */
const RAW_OUT = [...EVERY_FRAME, "-vf", SCALE, "-an", "-sn", "-dn", "-f", "yuv4mpegpipe", "pipe:1"];

/** How a source is read to raw frames. A scene is not. */
export function readerArgs({ kind, source }: CameraSpec): string[] {
  return [...inputArgs(kind, source), ...RAW_OUT];
}

function inputArgs(kind: CameraSpec["kind"], source: string): string[] {
  switch (kind) {
    case "rtsp":
      return [
        // Several threads of a decoder hold as many frames back: 100 ms.
        ...["-threads", "1", "-flags", "low_delay"],
        ...["-probesize", "32", "-analyzeduration", "0"],
        // Microseconds: whoever reads for a process that is gone ends, too.
        ...["-timeout", "10000000"],
        // What gets lost on UDP would be seen for a second.
        ...["-rtsp_transport", "tcp", "-allowed_media_types", "video"],
        ...["-protocol_whitelist", "rtsp,rtsps,rtp,tcp,tls", "-i", source],
      ];
    case "usb":
      return ["-f", "v4l2", "-probesize", "32", "-i", source];
    default:
      return [
        // At its own pace, and again from its beginning.
        ...["-re", "-stream_loop", "-1"],
        // A file that is a list may name no address.
        ...["-protocol_whitelist", "file", "-i", `file:${source}`],
      ];
  }
}

/** Bits a second at most, by size: as phones are asked for. */
function maxBitrateBps({ widthPx, heightPx }: FrameFormat): number {
  return widthPx * heightPx <= 640 * 480 ? 2_000_000 : 4_500_000;
}

/**
 * The lowest level that a picture of this size at 30 fps at most keeps to: a decoder in hardware may hold
 * a stream to what it says of itself. Source: H.264, table A-1.
 */
export function h264Level(
  { widthPx, heightPx }: Pick<FrameFormat, "widthPx" | "heightPx">,
): string {
  const macroblocks = Math.ceil(widthPx / 16) * Math.ceil(heightPx / 16);
  return macroblocks <= 3_600 ? "3.1" : "4.0";
}

/** Raw frames on standard input. With `-fflags nobuffer` the first of them would be lost. */
function rawIn({ widthPx, heightPx, rate }: FrameFormat): string[] {
  return [
    ...["-probesize", "32", "-analyzeduration", "0"],
    ...["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", `${widthPx}x${heightPx}`],
    ...["-framerate", rate, "-i", "pipe:0"],
  ];
}

/** How raw frames are encoded for viewers: a unit for each, at once. */
export function encoderArgs(format: FrameFormat): string[] {
  const bps = maxBitrateBps(format);
  return [
    ...rawIn(format),
    ...EVERY_FRAME,
    ...["-c:v", "libx264", "-profile:v", "baseline", "-level", h264Level(format)],
    ...["-preset", "superfast"],
    ...["-tune", "zerolatency", "-threads", "1"],
    // One second: who joins waits for one, and so does who lost more than is sent again.
    ...["-g", String(Math.max(1, Math.round(framesPerSecond(format))))],
    ...["-crf", "23", "-maxrate", String(bps), "-bufsize", String(bps / 2)],
    ...["-color_range", "tv", "-colorspace", "smpte170m"],
    ...["-color_primaries", "smpte170m", "-color_trc", "smpte170m"],
    ...["-flush_packets", "1", "-flvflags", "no_duration_filesize+no_metadata"],
    ...["-f", "flv", "pipe:1"],
  ];
}

/** Size of the JPEG of a frame: no side longer than any other page's picture that the server examines. */
export function jpegSize(
  { widthPx, heightPx }: FrameFormat,
): { readonly widthPx: number; readonly heightPx: number } {
  const scale = Math.min(1, MAX_RELAY_SIDE_PX / Math.max(widthPx, heightPx));
  const even = (side: number) => Math.max(2, Math.round(side * scale / 2) * 2);
  return { widthPx: even(widthPx), heightPx: even(heightPx) };
}

/** How raw frames are made JPEGs: one for each, at once. */
export function jpegArgs(format: FrameFormat): string[] {
  const { widthPx, heightPx } = jpegSize(format);
  return [
    ...rawIn(format),
    ...EVERY_FRAME,
    ...["-vf", `scale=${widthPx}:${heightPx}`],
    ...["-c:v", "mjpeg", "-q:v", "2", "-threads", "1"],
    ...["-flush_packets", "1", "-f", "image2pipe", "pipe:1"],
  ];
}

/** How a photograph is made one raw frame. `widthPx` and `heightPx` are even. */
export function pictureArgs(path: string, widthPx: number, heightPx: number): string[] {
  return [
    ...["-protocol_whitelist", "file", "-i", `file:${path}`],
    ...["-vf", `scale=${widthPx}:${heightPx}:out_color_matrix=bt601:out_range=tv,format=yuv420p`],
    ...["-frames:v", "1", "-f", "rawvideo", "pipe:1"],
  ];
}

/** A format's rate as a number. */
export function framesPerSecond({ rate }: FrameFormat): number {
  const [frames, seconds = "1"] = rate.split("/");
  return Number(frames) / Number(seconds);
}
