import type { Page, Worker } from "playwright-core";

/** What a page has sent on its bulk link, over a WebSocket. */
export interface Sends {
  readonly bytes: number;
  /** Of the longest message; 0: none was sent. */
  readonly longestBytes: number;
}

/** Runs in the Worker that has the link. */
function countSends(): void {
  const sends = { bytes: 0, longestBytes: 0 };
  Object.assign(globalThis, { sends });
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const { byteLength } = data as Uint8Array;
    sends.bytes += byteLength;
    sends.longestBytes = Math.max(sends.longestBytes, byteLength);
    return send.call(this, data);
  };
}

/** Counts from now on what this page sends; the result says how much it was since its Worker started. */
export function watchSends(page: Page): () => Promise<Sends> {
  let link: Worker | undefined;
  page.on("worker", (worker) => {
    if (!/\/bulk-[^/]*\.js$/.test(worker.url())) return;
    link = worker;
    // It may be gone already.
    worker.evaluate(countSends).catch(() => undefined);
  });
  return async () =>
    await link?.evaluate(() => (globalThis as unknown as { sends: Sends }).sends) ??
      { bytes: 0, longestBytes: 0 };
}
