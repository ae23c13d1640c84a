// @all: an attack
/**
 * A phone that sends far more than any page of ours, straight to the viewer.
 *
 * Takes about 15 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { openRigs } from "../rig.ts";
import { waitForVideo } from "../stage.ts";

declare global {
  var peerlensChannels: Map<string, RTCDataChannel> | undefined;
}

/** Runs in a page before anything else: keeps its channels to the other page, by their labels. */
function keepChannels(): void {
  const kept = new Map<string, RTCDataChannel>();
  globalThis.peerlensChannels = kept;
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (label, init) {
    const channel = createDataChannel.call(this, label, init);
    kept.set(label, channel);
    return channel;
  };
}

Deno.test(
  "a phone that floods camera states keeps the viewer's page from nothing",
  BROWSER,
  async () => {
    await using rigs = await openRigs();
    await using rig = await rigs.open({ initScript: keepChannels });
    const { page: viewer } = rig.viewer;
    const phone = await rig.join();
    await waitForVideo(viewer);

    // As fast as the channel takes them, until the viewer has had enough.
    const sent = await phone.page.evaluate(async () => {
      const channel = globalThis.peerlensChannels!.get("control")!;
      const state = {
        type: "camera-state",
        status: "live",
        facing: null,
        canSwitch: true,
        torch: null,
        zoom: { value: 1, min: 1, max: 9, step: 0.001 },
        profile: "balanced",
        widthPx: 640,
        heightPx: 480,
        fps: 30,
      };
      let count = 0;
      while (channel.readyState === "open" && count < 1e6) {
        // More would only wait here.
        while (channel.readyState === "open" && channel.bufferedAmount < 1 << 20) {
          state.zoom.value = 1 + count++ % 8_000 / 1_000;
          channel.send(JSON.stringify(state));
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return { count, state: channel.readyState };
    });
    assert.notEqual(sent.state, "open", `${sent.count} messages went out`);

    // It answers, and the picture goes on.
    await viewer.getByLabel("Mode", { exact: true }).selectOption("off");
    await waitForVideo(viewer);
    assert.deepEqual(rig.viewer.errors, []);
  },
);
