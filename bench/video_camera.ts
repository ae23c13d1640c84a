import { drawFrameCode } from "../server/protocol/frame_code.ts";

/** A part of a video as a phone's camera, with each frame's number burned in. */
export interface VideoCamera extends AsyncDisposable {
  /** A .y4m file, played over and over. */
  readonly path: string;
  /** How many frames it has; the code in one is its number in the file. */
  readonly frames: number;
}

/** What of a video to take, and as what. A picture of another shape gets bars rather than another shape. */
export interface VideoPart {
  readonly widthPx: number;
  readonly heightPx: number;
  /** At most so many frames of the video, from the first on. */
  readonly frames: number;
  /** Only every so-manyth of them. */
  readonly step: number;
  /** How fast they are played. */
  readonly fps: number;
  /** Without its colours. @default {false} */
  readonly isGrey?: boolean;
  /** Left and right changed over. @default {false} */
  readonly isMirrored?: boolean;
}

/**
 * Decodes a video with ffmpeg and writes it as a camera plays it.
 * @throws {Error} If ffmpeg is not here, or cannot read it.
 */
export async function videoCamera(video: string, part: VideoPart): Promise<VideoCamera> {
  const { widthPx, heightPx, step, fps } = part;
  const path = await Deno.makeTempFile({ prefix: "peerlens-video-", suffix: ".y4m" });
  const remove = () => Deno.remove(path);
  const size = `${widthPx}:${heightPx}`;
  const shape = `scale=${size}:force_original_aspect_ratio=decrease,pad=${size}:-1:-1`;
  const filters = [shape, part.isGrey ? "hue=s=0" : [], part.isMirrored ? "hflip" : []].flat();
  const args = [
    ...["-v", "error", "-i", video, "-an", "-frames:v", String(part.frames)],
    ...["-vf", filters.join(), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"],
  ];
  try {
    using child = spawn(args);
    using file = await Deno.open(path, { write: true, truncate: true });
    const write = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    };
    write(new TextEncoder().encode(`YUV4MPEG2 W${widthPx} H${heightPx} F${fps}:1 Ip A1:1 C420\n`));
    const frameMark = new TextEncoder().encode("FRAME\n");
    const luma = widthPx * heightPx;
    let read = 0;
    let frames = 0;
    for await (const frame of inPieces(child.stdout, luma * 3 / 2)) {
      if (read++ % step !== 0) continue;
      drawFrameCode({ widthPx, pixels: frame.subarray(0, luma) }, frames++);
      write(frameMark);
      write(frame);
    }
    const { success } = await child.status;
    if (!success || frames === 0) throw new Error(`Cannot read ${video}: ffmpeg failed`);
    return { path, frames, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function spawn(args: readonly string[]): Deno.ChildProcess & Disposable {
  try {
    const child = new Deno.Command("ffmpeg", { args: [...args], stdout: "piped", stdin: "null" })
      .spawn();
    return Object.assign(child, {
      [Symbol.dispose]: () => {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended by itself.
        }
      },
    });
  } catch (cause) {
    throw new Error("Cannot find ffmpeg, which decodes the video", { cause });
  }
}

async function* inPieces(
  stream: ReadableStream<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      const take = Math.min(bytes - filled, chunk.length - at);
      piece.set(chunk.subarray(at, at + take), filled);
      filled += take;
      at += take;
      if (filled < bytes) continue;
      yield piece;
      filled = 0;
    }
  }
}
