import { fileURLToPath } from "node:url";
import { framesPerSecond, pictureArgs } from "./ffmpeg_args.ts";
import { FfmpegRun } from "./ffmpeg_run.ts";
import { type I420Picture, Scene, SCENE_FORMAT } from "./scene.ts";
import type { Source, SourceEvents } from "./source.ts";

/** A person, whom every detector of people finds; see models/pictures/README.md. */
const PHOTO = fileURLToPath(new URL("../../models/pictures/astronaut.jpg", import.meta.url));

/** Side of the photograph in the scene, px. */
const PHOTO_PX = 208;

/** Draws the scene at its rate. @param now See `server/base/clock.ts`. */
export function sceneSource(
  { photo, now }: { readonly photo: Promise<I420Picture | null>; readonly now: () => number },
  events: Pick<SourceEvents, "onFormat" | "onFrame">,
): Source {
  const intervalMs = 1000 / framesPerSecond(SCENE_FORMAT);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const start = async () => {
    const scene = new Scene(await photo);
    if (isOver) return;
    events.onFormat(SCENE_FORMAT);
    let dueMs = performance.now();
    const draw = () => {
      const timeMs = now();
      events.onFrame(scene.draw(timeMs).i420, timeMs);
      // What could not be drawn in time is left out: a burst would make up for nothing.
      dueMs = Math.max(dueMs + intervalMs, performance.now() - intervalMs);
      if (!isOver) timer = setTimeout(draw, Math.max(0, dueMs - performance.now()));
    };
    draw();
  };
  void start();
  return {
    pid: null,
    close() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** The photograph of the scene; `null`: it cannot be read, and the scene goes without. */
export async function scenePhoto(ffmpeg: string): Promise<I420Picture | null> {
  const bytes = PHOTO_PX * PHOTO_PX * 3 / 2;
  try {
    const ended = Promise.withResolvers<void>();
    const args = pictureArgs(PHOTO, PHOTO_PX, PHOTO_PX);
    const run = new FfmpegRun({ path: ffmpeg, args }, {
      onLine() {},
      onEnd: () => ended.resolve(),
    });
    void run.stdin.close().catch(() => {});
    const chunks: Uint8Array[] = [];
    for await (const chunk of run.stdout) chunks.push(chunk);
    await ended.promise;
    const i420 = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
    return i420.length === bytes ? { widthPx: PHOTO_PX, heightPx: PHOTO_PX, i420 } : null;
  } catch {
    return null;
  }
}
