// @all: a proof of timing
// @alone: judges times by the screen
/**
 * The live view, judged by its pixels: boxes are where the object is by then.
 *
 * Takes about 42 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";

const WATCH_MS = 6_000;

/** Of the lag without prediction. */
const MAX_LAG_SHARE = 1 / 4;

/** At 300 px a second. */
const MAX_OFF_PX = 6;

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
