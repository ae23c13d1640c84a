// @all: several servers
/**
 * Two web nodes, two workers and three NATS servers under a viewer and a phone: boxes in both modes, and
 * again after any of them was lost or hung, and after all of them were renewed one by one.
 *
 * Takes about 90 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import {
  busyWorker,
  homeOf,
  longestVideoGapMs,
  openClusterScene,
  watchVideo,
} from "../cluster/scene.ts";
import { hasNats } from "../nats_server.ts";
import { chooseMode, waitForPhones } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { until } from "../until.ts";

/** Video needs no server, but a busy machine decodes some frames in this time. */
const MOST_VIDEO_GAP_MS = 3_000;

Deno.test({
  name: "a viewer and a phone on two web nodes, with two workers",
  ...BROWSER,
  ignore: !await hasNats() || Deno.build.os === "windows",
  fn: async (t) => {
    await using scene = await openClusterScene();
    const { nats, webs, workers, viewer, lead, addWorker } = scene;
    const { page } = viewer;

    /** Everybody is back in the room, results come, and the video never stood still. */
    const waitForAll = async () => {
      await until(async () => await homeOf(webs) !== null, () => "no node has both pages", {
        timeoutMs: 40_000,
        everyMs: 250,
      });
      await waitForPhones(page, 1);
      // Boxes that came before it fade in this time.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await waitForPerson(page);
      const gapMs = await longestVideoGapMs(page);
      assert.ok(gapMs < MOST_VIDEO_GAP_MS, `no frame for ${Math.round(gapMs)} ms`);
    };

    await t.step("boxes from a worker, and in the viewer's browser", async () => {
      await waitForPerson(page);
      await watchVideo(page);
      await chooseMode(page, "wasm");
      await waitForPerson(page);
      await chooseMode(page, "server");
      await waitForAll();
      assert.equal(await homeOf(webs), 0);
    });

    await t.step("a worker is killed", async () => {
      await watchVideo(page);
      const busy = await busyWorker(scene);
      workers.splice(workers.indexOf(busy), 1);
      await busy.signal("SIGKILL");
      await waitForAll();
      await addWorker();
    });

    await t.step("the node with the viewer and the room is killed", async () => {
      await watchVideo(page);
      lead("viewer", 1);
      await webs[0]!.signal("SIGKILL");
      await waitForAll();
      await webs[0]!.start();
    });

    await t.step("the phone's page goes to another node, and that one is killed", async () => {
      await watchVideo(page);
      lead("phone", 0);
      await scene.phone.page.reload();
      await scene.phone.page.getByRole("button", { name: "Start camera" }).click();
      await waitForPhones(page, 1);
      await waitForPerson(page);
      await watchVideo(page);
      lead("phone", 1);
      await webs[0]!.signal("SIGKILL");
      await waitForAll();
      await webs[0]!.start();
    });

    await t.step("one NATS server of three is killed, then all of them", async () => {
      await watchVideo(page);
      await nats[0]!.signal("SIGKILL");
      await waitForAll();
      await nats[0]!.start();
      await Promise.all(nats.map((one) => one.signal("SIGKILL")));
      await Promise.all(nats.map((one) => one.start()));
      await waitForAll();
    });

    await t.step("all are renewed, one by one", async () => {
      await watchVideo(page);
      for (let count = workers.length; count > 0; count--) {
        await addWorker();
        await workers.shift()![Symbol.asyncDispose]();
      }
      await waitForAll();
      for (const web of [0, 1]) {
        const other = 1 - web;
        for (const one of ["viewer", "phone"] as const) lead(one, other);
        await webs[web]!.stop();
        await waitForAll();
        await webs[web]!.start();
      }
    });

    await t.step("the node with both pages and the room hangs, and goes on", async () => {
      await watchVideo(page);
      for (const one of ["viewer", "phone"] as const) lead(one, 1);
      await webs[0]!.signal("SIGSTOP");
      await waitForAll();
      await webs[0]!.signal("SIGCONT");
      await waitForAll();
      assert.equal(await homeOf(webs), 1);
    });
    assert.deepEqual(viewer.errors, []);
  },
});
