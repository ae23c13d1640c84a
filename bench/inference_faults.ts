import type { Page } from "playwright-core";
import type { RigServer } from "./server.ts";

/** Process ids of the inference processes that a server has started so far, oldest first. */
export function inferencePids(server: RigServer): number[] {
  const lines = server.output().matchAll(/"event":"inference started","pid":(\d+)/g);
  return [...lines].map(([, pid]) => Number(pid));
}

/**
 * From now on: ms until the list of detections changes again after the viewer's page has lost and
 * regained its server. Timed in the page, on its own clock.
 */
export function watchReturn(page: Page): Promise<number> {
  return page.evaluate(() =>
    new Promise<number>((resolve) => {
      const startMs = performance.now();
      const isConnected = () => document.querySelector("[data-testid=transport]") !== null;
      let wasAway = false;
      const timer = setInterval(() => wasAway ||= !isConnected(), 20);
      new MutationObserver((_changes, observer) => {
        if (!wasAway || !isConnected()) return;
        clearInterval(timer);
        observer.disconnect();
        resolve(performance.now() - startMs);
      }).observe(document.querySelector(".detections")!, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    })
  );
}
