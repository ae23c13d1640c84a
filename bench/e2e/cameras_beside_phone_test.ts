/**
 * Cameras of the server beside a phone, in one room: a file and an IP camera are shown and examined, and a
 * picture whose process is lost comes back.
 *
 * Takes about 35 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER, PATIENCE_MS } from "../browser.ts";
import { cameraPids, ffmpegsOf } from "../camera_faults.ts";
import { probe, readSeen } from "../faults/probe.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { waitForState } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { setUpRig } from "../rig.ts";
import { filmOf, RtspStandIn } from "../rtsp_stand_in.ts";
import { waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

Deno.test("a phone and cameras of the server in one room", BROWSER, async (t) => {
  const spec = await personClip();
  await using clip = await clipFile(spec);
  await using camera = new RtspStandIn(await filmOf(clip.path, spec.fps), {
    user: "user",
    password: "hunter2",
  });
  await using rig = await setUpRig({
    env: {
      PEERLENS_CAMERAS: `ball\nclip=${clip.path}\ndoor=${camera.url("user:hunter2")}`,
    },
    viewerInit: probe,
  });
  const { page, errors } = rig.viewer;
  const phone = await rig.join();
  await waitForVideo(page);

  await t.step("a file is shown and examined, and the phone stays beside it", async () => {
    await page.getByRole("button", { name: "Add a camera" }).click();
    await page.getByRole("button", { name: "clip", exact: true }).click();
    const tile = page.getByTestId("phone").filter({ hasText: /^clip/ });
    await tile.waitFor();
    await page.waitForFunction(() =>
      document.querySelector("[data-testid=phone][aria-pressed=true]")?.textContent?.startsWith(
        "clip",
      )
    );
    await waitForVideo(page);
    await waitForPerson(page);
    await waitForState(page, /^1 phone connected; also clip/);
  });

  await t.step("its picture comes back when a process is lost, and nothing else is", async () => {
    const links: string[] = [];
    for (const one of [page, phone.page]) one.on("websocket", (link) => links.push(link.url()));
    const camera = () => cameraPids(rig.server).slice(-1);
    const processes: readonly (() => number[])[] = [
      () => camera().flatMap((pid) => ffmpegsOf(pid, "yuv4mpegpipe")),
      () => camera().flatMap((pid) => ffmpegsOf(pid, "flv")),
      camera,
    ];
    for (const pids of processes) {
      const [lost] = pids();
      Deno.kill(lost!, "SIGKILL");
      const isReplaced = () => pids().some((pid) => pid !== lost);
      await until(isReplaced, () => "no process took its place", { timeoutMs: PATIENCE_MS });
      const sinceMs = Date.now();
      const shown = async () => (await readSeen(page)).framesMs.filter((ms) => ms > sinceMs).length;
      // More than can have been on their way.
      await until(
        async () => await shown() >= spec.fps,
        async () => `${await shown()} frames are shown`,
        { timeoutMs: PATIENCE_MS },
      );
    }
    await waitForPerson(page);
    await waitForState(page, /^1 phone connected; also clip/);
    await phone.page.getByText(/Live on the computer/).waitFor();
    assert.deepEqual(links, []);
  });

  await t.step("an IP camera is shown and examined, and its password is told nobody", async () => {
    await page.getByRole("button", { name: "Add a camera" }).click();
    await page.getByRole("button", { name: "door", exact: true }).click();
    await page.waitForFunction(() =>
      document.querySelector("[data-testid=phone][aria-pressed=true]")?.textContent?.startsWith(
        "door",
      )
    );
    await waitForVideo(page);
    await waitForPerson(page);
    assert.ok(!(await page.content() + rig.server.output()).includes("hunter2"));
    await page.getByRole("button", { name: "Remove door" }).click();
  });

  await t.step("each is chosen by its tile, and the phone is commanded as before", async () => {
    await page.getByTestId("phone").filter({ hasText: /^Phone 1/ }).click();
    await waitForVideo(page);
    assert.match(await page.getByTestId("privacy").innerText(), /from the phone to this browser/);
    await page.getByRole("button", { name: /^Pause.Phone 1/ }).click();
    await phone.page.getByText(/Paused: no picture/).first().waitFor();
    await page.getByTestId("phone").filter({ hasText: /^clip/ }).click();
    await waitForVideo(page);
    // A camera of the server takes no commands.
    assert.equal(await page.getByRole("button", { name: /^(Pause|Resume).clip/ }).count(), 0);
    assert.deepEqual(errors, []);
  });
});
