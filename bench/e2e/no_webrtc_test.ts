// @all: browsers that few people have
/**
 * A browser that has no WebRTC, on either side: both pages say so, and pictures go through the server.
 *
 * Takes about 50 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { joinWithPhone, waitForState } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { agree, dialogOf, THROUGH } from "../relay_scene.ts";
import { openRigs } from "../rig.ts";

/** As `media.peerconnection.enabled` of Firefox. */
function hideWebRtc(): void {
  delete (globalThis as Partial<typeof globalThis>).RTCPeerConnection;
}

/** As an extension or a policy that lets pages see it and not use it. */
function blockWebRtc(): void {
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor() {
      super();
      throw new DOMException("Blocked", "NotAllowedError");
    }
  };
}

const CASES = [
  { how: "none", without: "viewer", take: hideWebRtc },
  { how: "none", without: "phone", take: hideWebRtc },
  { how: "blocked", without: "phone", take: blockWebRtc },
] as const;

const WORDS = {
  viewer: {
    onViewer: "This browser has no WebRTC",
    onPhone: "The browser on the computer has no WebRTC",
  },
  phone: { onViewer: "The phone's browser has no WebRTC", onPhone: "This browser has no WebRTC" },
};

Deno.test("no WebRTC", BROWSER, async (t) => {
  await using rigs = await openRigs();
  for (const { how, without, take } of CASES) {
    await t.step(
      `${how} in the ${without}'s browser: said, and shown through the server`,
      async () => {
        await using rig = await rigs.open(without === "viewer" ? { viewerInit: take } : {});
        const script = without === "phone" ? { initScript: take } : {};
        const phone = await rig.open({ role: "phone", ...script });
        await joinWithPhone(phone.page, rig.joinUrl);
        // At once: no time makes a path.
        await dialogOf(rig.viewer).waitFor();
        assert.match(await dialogOf(rig.viewer).innerText(), /no WebRTC/);
        const note = rig.viewer.page.locator(".stage-note");
        await note.filter({ hasText: WORDS[without].onViewer }).waitFor();
        await phone.page.getByText(WORDS[without].onPhone).waitFor();
        await agree(rig.viewer);
        await waitForState(rig.viewer.page, THROUGH);
        await phone.page.getByText("Live through the server").waitFor();
        await waitForPerson(rig.viewer.page);
        assert.deepEqual([rig.viewer.errors, phone.errors], [[], []]);
      },
    );
  }
});

Deno.test("blocked WebRTC: frames go to the server in its mode all the same", BROWSER, async () => {
  await using rigs = await openRigs({ mode: "server", viewerCamera: true });
  await using rig = await rigs.open({ viewerInit: blockWebRtc });
  const { page } = rig.viewer;
  await page.getByRole("button", { name: "Use this computer's camera" }).click();
  await page.getByRole("button", { name: "Send frames to the server" }).click();
  await page.getByTestId("transport").filter({ hasText: "WebSocket" }).waitFor();
  await waitForPerson(page);
});

Deno.test("no WebRTC, and no relay: what stands in the way is said", BROWSER, async () => {
  await using rigs = await openRigs({ env: { PEERLENS_RELAY: "off" } });
  await using rig = await rigs.open({ viewerInit: hideWebRtc });
  const phone = await rig.open({ role: "phone" });
  await joinWithPhone(phone.page, rig.joinUrl);
  const note = rig.viewer.page.locator(".stage-note");
  await note.filter({ hasText: "where that is turned off (--relay)" }).waitFor();
  assert.deepEqual([rig.viewer.errors, phone.errors], [[], []]);
});
