import { ffmpeg, type FfmpegOptions } from "./ffmpeg.ts";
import { PHONE, type Place, VIEWER } from "./layout.ts";
import { FPS, type Scene } from "./script.ts";
import { type Run, type Span, spansOf, toConcatList } from "./timeline.ts";

/** What the video is made of. */
export interface Parts {
  readonly scenes: readonly Scene[];
  /** What is behind the pages, one picture a scene. */
  readonly cards: readonly string[];
  readonly phone: readonly Run[];
  readonly viewer: readonly Run[];
}

/** Puts a video together. @param output A file of any name. @throws {Error} In ffmpeg's words. */
export async function compose(
  { scenes, cards, phone, viewer }: Parts,
  { folder, output, ...options }: { folder: string; output: string } & FfmpegOptions,
): Promise<void> {
  const behind = scenes.map(({ ticks }, at) => ({ path: cards[at]!, ticks }));
  const inputs: string[] = [];
  for (const [name, runs] of Object.entries({ behind, phone, viewer })) {
    const list = `${folder}/${name}.ffconcat`;
    await Deno.writeTextFile(list, toConcatList(runs, FPS));
    inputs.push("-f", "concat", "-safe", "0", "-i", list);
  }
  const ticks = scenes.reduce((sum, scene) => sum + scene.ticks, 0);
  const spans = spansOf(scenes, { fps: FPS, wanted: ({ kind }) => kind === "pages" });
  const filters = [
    `[0:v]fps=${FPS}[behind]`,
    `[1:v]fps=${FPS},${scaleTo(PHONE)}[phone]`,
    `[2:v]fps=${FPS},${scaleTo(VIEWER)}[viewer]`,
    `[behind][phone]${overlayAt(PHONE, spans)}[both]`,
    `[both][viewer]${overlayAt(VIEWER, spans)},format=yuv420p[video]`,
  ];
  await ffmpeg([
    ...inputs,
    ...["-filter_complex", filters.join(";"), "-map", "[video]", "-an"],
    ...["-frames:v", String(ticks), "-r", String(FPS)],
    ...["-c:v", "libvpx-vp9", "-crf", "30", "-b:v", "0", "-g", String(FPS * 4)],
    // Screens stand still for most of the time; better settings take minutes and are hardly seen.
    ...["-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1"],
    ...["-f", "webm", output],
  ], options);
}

function scaleTo({ widthPx, heightPx }: Place): string {
  return `scale=${widthPx}:${heightPx}:flags=lanczos,setsar=1`;
}

function overlayAt({ xPx, yPx }: Place, spans: readonly Span[]): string {
  // A frame's time is the beginning of it, and must not be lost to rounding.
  const half = 0.5 / FPS;
  const during = spans.map(({ fromS, untilS }) =>
    `between(t,${(fromS - half).toFixed(3)},${(untilS - half).toFixed(3)})`
  );
  return `overlay=${xPx}:${yPx}:eof_action=repeat:enable='${during.join("+") || "0"}'`;
}
