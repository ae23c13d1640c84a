// @all: a proof by the screen
/**
 * The synced view of pictures that come through the server.
 *
 * Takes about 40 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { hidePaths } from "../hidden_paths.ts";
import { alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";
import { rememberMode } from "../people.ts";
import { agreeToRelay, relayOf } from "../relay_scene.ts";
import { waitForVideo } from "../stage.ts";

/** Counts what a page sends the server: bytes of messages, and of bodies of POSTs. */
function countSent(): void {
  const counts = { sentBytes: 0 };
  Object.assign(globalThis, { counts });
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    counts.sentBytes += data instanceof Uint8Array ? data.length : 0;
    return send.call(this, data);
  };
}

const sentBytes = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as { counts: { sentBytes: number } }).counts.sentBytes
  );

Deno.test("synced, through the server", BROWSER, async (t) => {
  await using scene = await openOverlayScene({
    mode: "server",
    fps: 10,
    wrongClock: "page",
    viewerScript: [hidePaths, agreeToRelay, countSent],
  });
  const { viewer: { page, errors } } = scene;
  for (const mode of ["server", "wasm"] as const) {
    await t.step(`in ${mode} mode: every frame has boxes of that very frame`, async () => {
      await scene.show({ display: "synced" });
      await waitForVideo(page);
      const before = await relayOf(scene.server);
      assert.ok(before.framesSent > 0);
      const sentBefore = await sentBytes(page);
      const found = alignmentOf(await scene.watch(6_000), scene.truth);
      const words = JSON.stringify(found);
      assert.ok(found.frames > 20, words);
      assert.equal(found.unread, 0, words);
      assert.ok(found.boxedShare! >= 0.95, words);
      assert.ok(found.toOwn.count > 10, words);
      assert.ok(found.toOwn.share! >= 0.95, words);
      // The server has them: none goes up again.
      const upBytes = await sentBytes(page) - sentBefore;
      const downBytes = (await relayOf(scene.server)).bytesReceived - before.bytesReceived;
      assert.ok(upBytes < downBytes / 4, `${upBytes} bytes up, ${downBytes} down`);
      assert.deepEqual(errors, []);
    });
    await rememberMode(page, "wasm");
  }
});
