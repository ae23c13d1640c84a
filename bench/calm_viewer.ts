import { type BrowserOptions, openBrowser, type RigBrowser, scriptOf } from "./browser.ts";
import { knowsThreads } from "./thread_memory.ts";
import type { RigServer } from "./server.ts";

/** What a person has chosen there: a pace below the one called *Saver*, and the smallest size. */
const CHOSEN = { detectionFps: 4, size: "320x256" } as const;

/**
 * A viewer's browser that was here before: it knows that one thread is best, and its person wants few
 * detections of a small size. A new one takes all the CPU that there is: a test of anything but
 * detection itself takes half as much with this one, and leaves the other half to its neighbour.
 * Scripts for its pages; what is chosen in them later stays chosen.
 */
export async function calmViewer(
  server: Pick<RigServer, "httpUrl">,
): Promise<{ content: string }[]> {
  const settings = scriptOf((chosen) => {
    try {
      if (localStorage.getItem("peerlens.settings") !== null) return;
      localStorage.setItem("peerlens.settings", JSON.stringify(chosen));
    } catch {
      // The empty page at the start has no storage, nor has a browser that shuts it.
    }
  }, CHOSEN);
  return [await knowsThreads(server, 1), settings];
}

/** Opens such a browser of its own. */
export async function openCalmViewer(
  server: Pick<RigServer, "httpUrl">,
  { initScript = [], ...options }: Omit<BrowserOptions, "role"> = {},
): Promise<RigBrowser> {
  return await openBrowser({
    role: "viewer",
    compilesLess: true,
    ...options,
    initScript: [...await calmViewer(server), ...[initScript].flat()],
  });
}
