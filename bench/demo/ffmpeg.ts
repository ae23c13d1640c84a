import { toolOutput } from "../tool_output.ts";

/** How ffmpeg is run. */
export interface FfmpegOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How much of the result is there, seconds. */
  readonly onProgress?: (seconds: number) => void;
}

/** Lines of its complaint that are told. */
const MAX_LINES = 4;

/** @throws {Error} If there is no ffmpeg, or it cannot write WebM. */
export async function needFfmpeg(): Promise<void> {
  const missing = "a video needs ffmpeg with libvpx: install the package ffmpeg";
  const encoders = await toolOutput("ffmpeg", ["-hide_banner", "-encoders"]);
  if (encoders === null) throw new Error(`Cannot find ffmpeg: ${missing}`);
  if (!/ libvpx-vp9 /.test(encoders)) {
    throw new Error(`Cannot use this ffmpeg, it has no libvpx-vp9: ${missing}`);
  }
}

/** Runs it, writing over what is there. @throws {Error} With its own words, or as aborted. */
export async function ffmpeg(
  args: readonly string[],
  { signal, onProgress }: FfmpegOptions,
): Promise<void> {
  signal.throwIfAborted();
  const child = new Deno.Command("ffmpeg", {
    args: ["-nostdin", "-v", "error", "-y", "-progress", "pipe:1", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  signal.addEventListener("abort", kill);
  try {
    const [complaint, { success }] = await Promise.all([
      new Response(child.stderr).text(),
      child.status,
      readProgress(child.stdout, onProgress),
    ]);
    signal.throwIfAborted();
    if (!success) {
      const lines = complaint.trim().split("\n").slice(-MAX_LINES);
      throw new Error(`ffmpeg failed: ${lines.join("\n")}`);
    }
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

async function readProgress(
  stream: ReadableStream<Uint8Array>,
  onProgress?: (seconds: number) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    const micros = [...text.matchAll(/^out_time_us=(\d+)$/gm)].at(-1)?.[1];
    if (micros !== undefined) onProgress?.(Number(micros) / 1e6);
  }
}
