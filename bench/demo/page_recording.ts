import type { Page } from "playwright-core";
import type { TimedFrame } from "./timeline.ts";

/** Good enough that letters keep their edges; a PNG takes a browser five times as long. */
const JPEG_QUALITY = 92;

/** A page that is being recorded into files. */
export interface PageRecording extends AsyncDisposable {
  /** Waits until every picture so far is in its file, and returns them in order. */
  stop(): Promise<TimedFrame[]>;
}

/**
 * Records what a page's compositor puts on the screen (Chromium only), each picture into a file of its
 * own: a minute of them would fill the memory.
 * @param name What the files' names begin with.
 */
export async function recordPage(
  page: Page,
  { folder, name }: { folder: string; name: string },
): Promise<PageRecording> {
  const session = await page.context().newCDPSession(page);
  const frames: TimedFrame[] = [];
  const writes = new Set<Promise<unknown>>();
  let problem: unknown = null;
  session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    const path = `${folder}/${name}-${String(frames.length).padStart(6, "0")}.jpg`;
    const { timestamp } = metadata;
    const write = timestamp === undefined
      ? Promise.resolve()
      : Deno.writeFile(path, Uint8Array.fromBase64(data));
    if (timestamp !== undefined) frames.push({ atMs: timestamp * 1000, path });
    const done: Promise<unknown> = write.catch((error) => {
      problem ??= error;
    }).then(() => {
      writes.delete(done);
      // Without an answer no further picture comes, so a slow disk is not overrun.
      return session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
    });
    writes.add(done);
  });
  const { width, height } = page.viewportSize()!;
  await session.send("Page.startScreencast", {
    format: "jpeg",
    quality: JPEG_QUALITY,
    maxWidth: width,
    maxHeight: height,
    everyNthFrame: 1,
  });
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    // The page may be gone, and its recording with it.
    await session.send("Page.stopScreencast").catch(() => {});
    await Promise.all(writes);
    await session.detach().catch(() => {});
  };
  return {
    async stop() {
      await end();
      if (problem !== null) throw problem;
      return frames.toSorted((a, b) => a.atMs - b.atMs);
    },
    [Symbol.asyncDispose]: end,
  };
}
