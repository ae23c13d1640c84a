import type { CDPSession, Page } from "playwright-core";
import sharp from "sharp";
import type { Screenshot } from "./pixels.ts";

/** One picture of a page as its compositor put it on the screen. */
export interface CastFrame {
  /** When it was swapped in, ms since the epoch on this machine's clock. */
  readonly swapMs: number;
  /** An encoded picture; see {@linkcode readCastFrame}. */
  readonly bytes: Uint8Array;
}

/** A page that is being watched. */
export interface Screencast extends AsyncDisposable {
  /** Ends it and returns every picture so far, in order. */
  stop(): Promise<CastFrame[]>;
}

/**
 * Watches what a page's compositor swaps in (Chromium only). Pictures are kept as they come and
 * decoded later, so that watching costs the page as little as it can. They are not JPEG: its
 * colours are a quarter of the size, and edges of thin lines would be anywhere within two pixels.
 */
export async function watchScreen(page: Page): Promise<Screencast> {
  const session = await page.context().newCDPSession(page);
  const frames: { swapMs: number; data: string }[] = [];
  session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
    // Without an answer no further picture comes. It may cross with the end.
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
    if (metadata.timestamp === undefined) return;
    frames.push({ swapMs: metadata.timestamp * 1000, data });
  });
  await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    await stopCast(session);
  };
  return {
    async stop() {
      await end();
      return frames.map(({ swapMs, data }) => ({ swapMs, bytes: Uint8Array.fromBase64(data) }));
    },
    [Symbol.asyncDispose]: end,
  };
}

async function stopCast(session: CDPSession): Promise<void> {
  // The page may be gone, and the watching with it.
  await session.send("Page.stopScreencast").catch(() => {});
  await session.detach().catch(() => {});
}

/** Decodes a picture. @throws {Error} If it is none. */
export async function readCastFrame({ bytes }: CastFrame): Promise<Screenshot> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  return { widthPx: info.width, heightPx: info.height, pixels: data };
}
