// @all: a proof of timing
// @alone: judges times by the screen
/**
 * The live view, judged by its pixels: boxes are where the object is by then.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";
import { rememberMode } from "../people.ts";

const WATCH_MS = 4_000;

/** Of the lag without prediction. */
const MAX_LAG_SHARE = 1 / 4;

/** At 300 px a second. */
const MAX_OFF_PX = 6;

/** The same at P95 while the page is busy, beside what it is otherwise. */
const MAX_BUSY_OFF_PX = 40;

const BUSY_MS = 500;

Deno.test(
  "live, on the server: at most a quarter of the lag without prediction, and under 6 px",
  BROWSER,
  async () => {
    await using scene = await openOverlayScene({ mode: "server", fps: 20, wrongClock: "browser" });
    await scene.show({ display: "live", predict: false });
    const plain = alignmentOf(await scene.watch(WATCH_MS), scene.truth);
    await scene.show({ display: "live" });
    const moved = alignmentOf(await scene.watch(WATCH_MS), scene.truth);
    const words = JSON.stringify({ plain, moved });
    assert.ok(plain.frames > 40 && moved.frames > 40, words);
    assert.ok(moved.boxedShare! >= 0.95, words);
    assert.ok(moved.offPx.median! <= plain.offPx.median! * MAX_LAG_SHARE, words);
    assert.ok(moved.offPx.median! < MAX_OFF_PX, words);
  },
);

Deno.test(
  "live: a page that is busy for half a second at a time delays no box",
  BROWSER,
  async (t) => {
    await using scene = await openOverlayScene({ mode: "server", fps: 20, hasGpu: true });
    const { page } = scene.viewer;
    for (const mode of ["server", "wasm"] as const) {
      await t.step(mode, async () => {
        await scene.show({ display: "live" });
        const free = alignmentOf(await scene.watch(WATCH_MS), scene.truth);
        await page.evaluate((busyMs) => {
          setInterval(() => {
            const endMs = performance.now() + busyMs;
            while (performance.now() < endMs);
          }, 2 * busyMs);
        }, BUSY_MS);
        const busy = alignmentOf(await scene.watch(WATCH_MS), scene.truth);
        const words = JSON.stringify({ free, busy });
        assert.ok(busy.frames > 0.6 * free.frames, words);
        assert.ok(busy.boxedShare! >= 0.95, words);
        // Half a second without results is 150 px here; a turn that is seen late is some 15.
        assert.ok(busy.offPx.p95! <= free.offPx.p95! + MAX_BUSY_OFF_PX, words);
      });
      await rememberMode(page, "wasm");
    }
  },
);
