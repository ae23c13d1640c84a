// @all: browsers that few people have
/**
 * Browsers that lack the best ways to a video's frames: the page finds one that works, or says that there is
 * none. On a phone whose pictures go through the server too.
 *
 * Takes about 40 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { InitScript } from "../browser.ts";
import {
  hideTrackProcessor,
  hideVideoFrame,
  keepFrames,
  keepFramesFromWrapping,
  sendTracks,
  UNREADABLE_TRACKS,
} from "../frame_ways.ts";
import { joinWithPhone, waitForAlert, waitForState } from "../people.ts";
import { hidePaths } from "../hidden_paths.ts";
import { waitForPerson } from "../person_stage.ts";
import { inLanes, type Step, TOGETHER } from "../lanes.ts";
import { agreeToRelay, THROUGH } from "../relay_scene.ts";
import { openRigs } from "../rig.ts";

/** By what is missing. */
const LACKS: Readonly<Record<string, readonly InitScript[]>> = {
  "a frame of what a video element shows": [hideTrackProcessor, keepFramesFromWrapping],
  "VideoFrame on the page": [hideTrackProcessor, hideVideoFrame],
};
const NO_WAY = [hideTrackProcessor, keepFrames];

const useCamera = (page: Page) =>
  page.getByRole("button", { name: "Use this computer's camera" }).click();

Deno.test("without the best ways to frames", TOGETHER, async (t) => {
  await using rigs = await openRigs({ viewerCamera: true });

  async function examineUnreadableTracks(): Promise<void> {
    await using rig = await rigs.open();
    const initScript = [hideTrackProcessor, sendTracks];
    await using viewer = await rig.open({
      ...{ role: "viewer", initScript, workerScript: UNREADABLE_TRACKS },
    });
    await viewer.page.goto(rigs.server.httpUrl);
    await useCamera(viewer.page);
    await waitForPerson(viewer.page);
    assert.deepEqual(viewer.errors, []);
  }

  async function examineWithout(scripts: readonly InitScript[]): Promise<void> {
    await using rig = await rigs.open({ viewerInit: scripts });
    await useCamera(rig.viewer.page);
    await waitForPerson(rig.viewer.page);
    assert.deepEqual(rig.viewer.errors, []);
  }

  async function sayThereIsNone(): Promise<void> {
    await using rig = await rigs.open({ viewerInit: NO_WAY });
    await useCamera(rig.viewer.page);
    await waitForAlert(rig.viewer.page, /^This browser shows the video .*The video is kept/);
    assert.deepEqual(rig.viewer.errors, []);
  }

  async function relayFromPhone(): Promise<void> {
    await using rig = await rigs.open({ viewerInit: agreeToRelay });
    const initScript = [hidePaths, hideTrackProcessor, sendTracks];
    const phone = await rig.open({ role: "phone", initScript, workerScript: UNREADABLE_TRACKS });
    await joinWithPhone(phone.page, rig.joinUrl);
    await waitForState(rig.viewer.page, THROUGH);
    await waitForPerson(rig.viewer.page);
    assert.deepEqual([rig.viewer.errors, phone.errors], [[], []]);
  }

  async function sayPhoneHasNone(): Promise<void> {
    await using rig = await rigs.open({ viewerInit: agreeToRelay });
    const phone = await rig.open({ role: "phone", initScript: [hidePaths, ...NO_WAY] });
    await joinWithPhone(phone.page, rig.joinUrl);
    await waitForAlert(phone.page, /^This browser shows the video/);
    await rig.viewer.page.getByText("its browser cannot make pictures").first().waitFor();
    assert.deepEqual([rig.viewer.errors, phone.errors], [[], []]);
  }

  await inLanes(
    t,
    [
      [
        "tracks that reach Workers, which cannot read them: boxes all the same",
        examineUnreadableTracks,
      ],
      ...Object.entries(LACKS).map(([lack, scripts]): Step => [
        `no ${lack}: boxes all the same`,
        () => examineWithout(scripts),
      ]),
      ["no way at all: it is said, and the video is shown", sayThereIsNone],
    ],
    // The pages give a path some seconds first.
    [
      ["a phone's pictures go through the server all the same", relayFromPhone],
      ["a phone that has no way says so, and no person is said to have declined", sayPhoneHasNone],
    ],
  );
});
