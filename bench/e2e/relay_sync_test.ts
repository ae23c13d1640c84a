// @all: a proof by the screen
/**
 * The synced view of pictures that come through the server, and the live view of a busy page.
 *
 * Takes about 80 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { showsWhileBusy } from "../busy_page.ts";
import { watchSends } from "../counted_sends.ts";
import { hidePaths } from "../hidden_paths.ts";
import { alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";
import { rememberMode } from "../people.ts";
import { agreeToRelay, relayOf } from "../relay_scene.ts";
import { waitForVideo } from "../stage.ts";

Deno.test("synced, through the server", BROWSER, async (t) => {
  await using scene = await openOverlayScene({
    mode: "server",
    fps: 10,
    wrongClock: "page",
    viewerScript: [hidePaths, agreeToRelay],
  });
  const { viewer: { page, errors } } = scene;
  const sends = watchSends(page);
  for (const mode of ["server", "wasm"] as const) {
    await t.step(`in ${mode} mode: every frame has boxes of that very frame`, async () => {
      await scene.show({ display: "synced" });
      await waitForVideo(page);
      const before = await relayOf(scene.server);
      assert.ok(before.framesSent > 0);
      const sentBefore = await sends();
      const found = alignmentOf(await scene.watch(6_000), scene.truth);
      const words = JSON.stringify(found);
      assert.ok(found.frames > 20, words);
      assert.equal(found.unread, 0, words);
      assert.ok(found.boxedShare! >= 0.95, words);
      assert.ok(found.toOwn.count > 10, words);
      assert.ok(found.toOwn.share! >= 0.95, words);
      // The server has them: none goes up again. Acks do, over the link.
      const upBytes = (await sends()).bytes - sentBefore.bytes;
      assert.ok(upBytes > 0);
      const downBytes = (await relayOf(scene.server)).bytesReceived - before.bytesReceived;
      assert.ok(upBytes < downBytes / 4, `${upBytes} bytes up, ${downBytes} down`);
      assert.deepEqual(errors, []);
    });
    await rememberMode(page, "wasm");
  }
});

Deno.test(
  "live, through the server: a busy page delays no picture and no box",
  BROWSER,
  async (t) => {
    await using scene = await openOverlayScene({
      ...{ mode: "server", fps: 10, hasGpu: true },
      viewerScript: [hidePaths, agreeToRelay],
    });
    const { viewer: { page, errors } } = scene;
    for (const mode of ["server", "wasm"] as const) {
      await t.step(`in ${mode} mode`, async () => {
        await scene.show({ display: "live", withControls: true });
        await showsWhileBusy(page);
        assert.deepEqual(errors, []);
      });
      await rememberMode(page, "wasm");
    }
  },
);
