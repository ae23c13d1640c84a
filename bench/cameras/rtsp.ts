import { setTimeout as pause } from "node:timers/promises";
import { filmOf, RtspStandIn } from "../rtsp_stand_in.ts";
import { openBrowser } from "../browser.ts";
import { clipFile } from "../fixtures.ts";
import { truthAt } from "../overlay/overlay_scene.ts";
import { exportMetrics, resetMetrics } from "../people.ts";
import { round, roundedSpread, roundOrNull } from "../result_file.ts";
import { startServer } from "../server.ts";
import { waitForVideo } from "../stage.ts";
import { watchedFrames, watchFrames } from "./watched_frames.ts";

const FPS = 30;

/**
 * An IP camera to the screen: from when it sends a picture to when the browser hands it to be composed and
 * to when it expects it on the screen. The camera is a stand-in that speaks RTSP over TCP.
 */
export async function measureRtsp(seconds: number) {
  await using clip = await clipFile((await truthAt(FPS)).spec);
  await using camera = new RtspStandIn(await filmOf(clip.path, FPS));
  await using server = await startServer({
    env: { PEERLENS_CAMERAS: `door=${camera.url()}` },
  });
  await using viewer = await openBrowser({ role: "viewer" });
  const { page } = viewer;
  await page.goto(`${server.httpUrl}/?camera=door&mode=off`);
  await waitForVideo(page);
  await watchFrames(page);
  await pause(3_000);
  await resetMetrics(page);
  await watchedFrames(page);
  const presentedMs: number[] = [];
  const displayedMs: number[] = [];
  for (let at = 0; at < seconds; at++) {
    await pause(1_000);
    // At once: the camera notes no more than when it sent a picture last.
    for (const { number, presentedAtMs, displayedAtMs } of await watchedFrames(page)) {
      const sentAtMs = camera.sentAtMs.get(number);
      if (sentAtMs === undefined) continue;
      presentedMs.push(presentedAtMs - sentAtMs);
      displayedMs.push(displayedAtMs - sentAtMs);
    }
  }
  const told = (await exportMetrics(page)).video_delay_ms.median;
  const displayed = roundedSpread(displayedMs, 1);
  return {
    seconds,
    frames: presentedMs.length,
    "presented_delay_ms": roundedSpread(presentedMs, 1),
    "displayed_delay_ms": displayed,
    /** Camera → frame in the camera process, which is what the page does not count. */
    "to_process_ms": told === null || displayed.median === null
      ? null
      : round(displayed.median - told, 1),
    /** The rest by the page's own account. */
    "process_to_screen_ms": roundOrNull(told, 1),
  };
}
