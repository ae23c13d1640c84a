// @all: a proof of timing
// @alone: judges times by the screen
// @network: loses packets of a phone in a network of fixed addresses
/**
 * The synced view, judged by its pixels: each frame on screen with boxes of that very frame.
 *
 * Takes about 45 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { type Alignment, alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";

const WATCH_MS = 8_000;

/** What a codec makes of one frame now and then may cost a box its place. */
const MIN_SHARE = 0.99;

function assertSynced(found: Alignment): void {
  const words = JSON.stringify(found);
  assert.ok(found.frames > 40, words);
  assert.equal(found.unread, 0, words);
  assert.ok(found.boxedShare! >= MIN_SHARE, words);
  assert.ok(found.toOwn.count > 10, words);
  assert.ok(found.toOwn.share! >= MIN_SHARE, words);
  assert.ok(found.toKnowable.share! >= MIN_SHARE, words);
}

Deno.test(
  "synced, in the browser: every frame at 20 fps with its own boxes",
  BROWSER,
  async () => {
    await using scene = await openOverlayScene({ mode: "wasm", fps: 20, wrongClock: "page" });
    await scene.show({ display: "synced" });
    assertSynced(alignmentOf(await scene.watch(WATCH_MS), scene.truth));
    assert.deepEqual(scene.viewer.errors, []);
  },
);

Deno.test(
  "synced, on the server: every frame at 15 fps with its own boxes, with 2 % of the packets lost",
  { ...BROWSER, ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 },
  async () => {
    const wrongClock = "browser";
    await using scene = await openOverlayScene({
      mode: "server",
      fps: 15,
      ownNetwork: true,
      wrongClock,
    });
    await scene.show({ display: "synced" });
    await scene.network!.lose(0.02);
    assertSynced(alignmentOf(await scene.watch(WATCH_MS), scene.truth));
    assert.deepEqual(scene.viewer.errors, []);
  },
);
