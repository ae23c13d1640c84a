// @covers: Chromium: phone through the server
/**
 * Phone and viewer without a path to each other: pictures through the server, after consent.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import { blockWebSocket } from "../blocked_websocket.ts";
import { hideTrackProcessor, hideVideoFrame } from "../frame_ways.ts";
import { startCamera, waitForState } from "../people.ts";
import { inLanes, TOGETHER } from "../lanes.ts";
import { waitForPerson } from "../person_stage.ts";
import {
  agree,
  ASKED_MS,
  dialogOf,
  framesRest,
  openRelayScene,
  relayOf,
  type RelayScene,
  THROUGH,
} from "../relay_scene.ts";
import { waitForVideo } from "../stage.ts";

async function goOverStreams(): Promise<void> {
  await using scene = await openRelayScene({
    initScript: [blockWebSocket],
    flags: ["--mode", "server"],
  });
  const { server, viewer, phone } = scene;
  await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
  assert.equal((await relayOf(server)).framesReceived, 0);
  await agree(viewer);
  await waitForState(viewer.page, THROUGH);
  // That they are examined there is another question.
  await viewer.page.getByRole("button", { name: "Send frames to the server" }).click();
  await waitForPerson(viewer.page);
  await phone.page.getByText("It also looks for objects in them").waitFor();
  // A phone that loads its page again is shown again, without a further question.
  await phone.page.reload();
  await startCamera(phone.page);
  await phone.page.getByText("Live through the server").waitFor();
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);
  assert.equal(await dialogOf(viewer).count(), 0);
  assert.deepEqual([viewer.errors, phone.errors], [[], []]);
}

async function leaveRelayOff(): Promise<void> {
  await using scene = await openRelayScene({ flags: ["--relay", "off"] });
  const { server, viewer } = scene;
  await viewer.page.getByText("Cannot reach the phone yet").first().waitFor();
  await viewer.page.waitForTimeout(2_000);
  assert.equal(await dialogOf(viewer).count(), 0);
  assert.equal(await relayOf(server), null);
}

async function changeMind({ server, viewer }: RelayScene): Promise<void> {
  await dialogOf(viewer).waitFor({ timeout: ASKED_MS });
  await viewer.page.keyboard.press("Escape");
  await dialogOf(viewer).waitFor({ state: "detached" });
  await viewer.page.waitForTimeout(2_000);
  const { phones, framesReceived } = await relayOf(server);
  assert.deepEqual([phones, framesReceived], [0, 0]);
  await viewer.page.getByRole("button", { name: "Show through the server" }).click();
  await agree(viewer);
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);
}

async function declineAtPhone({ server, viewer, phone }: RelayScene): Promise<void> {
  await phone.page.getByRole("button", { name: "Don't send through the server" }).click();
  await phone.page.getByText("Nothing goes through the server.").waitFor();
  await viewer.page.getByText("the person holding it declined").first().waitFor();
  await viewer.page.getByTestId("state").filter({ hasNotText: "through the server" }).waitFor();
  await framesRest(server);
  assert.equal((await relayOf(server)).phones, 0);
  await phone.page.getByRole("button", { name: "Allow it" }).click();
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);
}

async function restartServer({ server, viewer, phone }: RelayScene): Promise<void> {
  await server.stop();
  await server.start();
  await waitForState(viewer.page, THROUGH);
  await waitForVideo(viewer.page);
  await waitForPerson(viewer.page);
  assert.equal(await dialogOf(viewer).count(), 0);
  assert.deepEqual([viewer.errors, phone.errors], [[], []]);
}

Deno.test("no path between phone and viewer", TOGETHER, async (t) => {
  // Frames are taken from the video element, as on iPhones before iOS 18.
  await using scene = await openRelayScene({ initScript: [hideTrackProcessor, hideVideoFrame] });
  await inLanes(
    t,
    [
      ["who says no is shown nothing, and may change their mind", () => changeMind(scene)],
      ["the person at the phone has a say as well", () => declineAtPhone(scene)],
      [
        "the server restarts: the picture comes back, and nobody is asked",
        () => restartServer(scene),
      ],
      ["--relay off: nobody is asked, and nothing goes through the server", leaveRelayOff],
    ],
    [
      ["no WebSocket: the same over streamed answers and POSTs, in server mode too", goOverStreams],
    ],
  );
});
