/**
 * The viewer's page beyond the main job: what a person can set, and what happens when things break.
 *
 * Takes about 50 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page, Worker } from "playwright-core";
import { BROWSER, PATIENCE_MS } from "../browser.ts";
import { hideTrackProcessor } from "../frame_ways.ts";
import { waitForPhones } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { openRigs } from "../rig.ts";
import { seeStage, waitForBareFrame, waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

function isDetector(worker: Worker): boolean {
  return /\/worker-/.test(worker.url());
}

function detectorsOf(page: Page): Worker[] {
  return page.workers().filter(isDetector);
}

/** Waits until so many detection Workers are there; a busy one takes a moment to be ended. */
async function waitForDetectors(page: Page, count: number): Promise<void> {
  const why = () => `${detectorsOf(page).length} Workers, not ${count}`;
  await until(() => detectorsOf(page).length === count, why, { timeoutMs: PATIENCE_MS });
}

/** Runs in a page before anything else: notes what moves in it. */
function noteShifts(): void {
  const shifts: number[] = [];
  Object.assign(globalThis, { shifts });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      shifts.push((entry as PerformanceEntry & { value: number }).value);
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** The page's first detection Worker goes silent as it starts its runtime, as in Firefox now and then. */
function silenceFirstStart(): void {
  const { Worker } = globalThis;
  let isFirst = true;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (!isFirst || options?.name !== "detector") return;
      isFirst = false;
      this.addEventListener("message", ({ data }) => {
        if (data.kind === "starts") this.terminate();
      });
    }
  };
}

/** As a browser that keeps nothing of any site. */
function shutStorage(): void {
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
    Object.defineProperty(globalThis, name, {
      get() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
  }
}

Deno.test("the viewer's page", BROWSER, async (t) => {
  await using rigs = await openRigs();

  await t.step("with one phone", async (t) => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;
    const phone = await rig.join();

    await t.step(
      "mirror flips picture and boxes; off leaves plain video; in-browser mode brings boxes back",
      async () => {
        await waitForPerson(page);

        await page.getByLabel("Mirror the picture").check();
        const isFlipped = await page.evaluate(() =>
          getComputedStyle(document.querySelector("video")!).transform ===
            "matrix(-1, 0, 0, 1, 0, 0)"
        );
        assert.ok(isFlipped);
        await page.getByLabel("Mirror the picture").uncheck();

        await page.getByLabel("Mode", { exact: true }).selectOption("off");
        await waitForBareFrame(page);
        await waitForVideo(page);
        assert.match(await page.getByTestId("privacy").innerText(), /only shown/);
        await page.getByRole("list", { name: "Detections" }).filter({ hasText: /^$/ }).waitFor();

        await page.getByLabel("Mode", { exact: true }).selectOption("wasm");
        await waitForPerson(page);
        assert.match(await page.getByTestId("privacy").innerText(), /No frame reaches the server/);
      },
    );

    await t.step("the owner pauses the phone's camera from the viewer's page", async () => {
      await waitForPerson(page);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.locator(".stage-note").getByText("The camera is paused.").waitFor();
      await page.getByRole("list", { name: "Detections" }).filter({ hasText: /^$/ }).waitFor();
      await phone.page.getByText(/paused/i).first().waitFor();
      await page.getByRole("button", { name: "Resume" }).click();
      await waitForPerson(page);
    });

    await t.step(
      "a view-only viewer sees boxes, invites nobody and commands no camera",
      async () => {
        await using other = await rig.open({ role: "viewer" });
        const link = await page.getByRole("link", { name: "View-only link" })
          .getAttribute("href");
        await other.page.goto(link!);
        await waitForPhones(other.page, 1);
        await waitForPerson(other.page);
        assert.equal(await other.page.getByTestId("join-link").count(), 0);
        assert.equal(await other.page.getByTestId("qr").count(), 0);
        assert.equal(await other.page.getByRole("button", { name: "Pause" }).count(), 0);
        assert.equal(await other.page.getByRole("group", { name: "Phone camera" }).count(), 0);
        await waitForPerson(page);
      },
    );

    await t.step("?clean=1 shows nothing but picture and boxes", async () => {
      const { hash } = new URL(page.url());
      await page.goto(`${rig.server.httpUrl}/?clean=1${hash}`);
      await waitForPerson(page);
      assert.equal((await page.locator("body").innerText()).trim(), "");
      const stage = await page.getByTestId("stage").boundingBox();
      assert.deepEqual(stage, { x: 0, y: 0, ...page.viewportSize() });
      assert.ok((await seeStage(page))!.boxes.length > 0);
      await page.goto(`${rig.server.httpUrl}/${hash}`);
    });

    await t.step("thresholds and class filter take effect on the picture", async () => {
      await waitForPerson(page);
      await page.getByText("Classes: all").click();
      await page.getByRole("button", { name: "None", exact: true }).click();
      await waitForBareFrame(page);
      await page.getByLabel("Find a class").fill("person");
      await page.getByLabel("person", { exact: true }).check();
      await waitForPerson(page);

      await page.getByLabel("Score at least").fill("0.95");
      await waitForBareFrame(page);
    });
  });

  await t.step("on a first visit", async (t) => {
    await using rig = await rigs.open({ isFirstVisit: true, viewerInit: noteShifts });
    const { page, context } = rig.viewer;

    await t.step("the page does not move when the video starts", async () => {
      const before = await page.getByTestId("stage").boundingBox();
      await rig.join();
      await page.waitForFunction(() => document.querySelector("video")!.videoWidth > 0);
      assert.deepEqual(await page.getByTestId("stage").boundingBox(), before);
      const shifts = await page.evaluate(
        () => (globalThis as unknown as { shifts: number[] }).shifts,
      );
      // 0.1 is what web vitals call good for a whole page's life.
      const total = shifts.reduce((sum, value) => sum + value, 0);
      assert.ok(total < 0.1, `layout shifts: ${shifts}`);
    });

    await t.step("runtime and model come from the browser's store the second time", async () => {
      const fetched: string[] = [];
      context.on("request", (request) => {
        if (/\.(onnx|wasm)$/.test(request.url())) fetched.push(new URL(request.url()).pathname);
      });
      await page.evaluate(async () => {
        for (const name of await caches.keys()) await caches.delete(name);
      });
      await page.reload();
      await page.getByTestId("backend").waitFor();
      assert.ok(fetched.some((path) => path.endsWith(".onnx")), fetched.join());
      assert.ok(fetched.some((path) => /ort-wasm/.test(path)), fetched.join());
      fetched.length = 0;
      await page.reload();
      await page.getByTestId("backend").waitFor();
      assert.deepEqual(fetched.filter((path) => !/vision/.test(path)), []);
    });

    await t.step("a detection Worker that stands still while it starts is replaced", async () => {
      let started = 0;
      const count = (worker: Worker) => {
        if (isDetector(worker)) started += 1;
      };
      page.on("worker", count);
      await page.addInitScript(silenceFirstStart);
      await page.reload();
      await page.getByTestId("backend").waitFor();
      page.off("worker", count);
      assert.ok(started >= 2, `${started} detection Workers started`);
    });

    await t.step(
      "a detection Worker that dies is replaced with fewer threads; a second death is said",
      async () => {
        await waitForPerson(page);
        const kill = () =>
          detectorsOf(page)[0]!.evaluate(() => {
            // Later than the answer to this very call.
            setTimeout(() => {
              throw new Error("killed by the test");
            }, 100);
          });
        await kill();
        await page.getByTestId("backend").filter({ hasText: "1 thread" }).waitFor();
        await waitForPerson(page);
        await waitForDetectors(page, 1);
        await kill();
        const alert = page.getByRole("alert").filter({ hasText: /smaller model/ });
        await alert.waitFor();
        await waitForVideo(page);
      },
    );
  });

  await t.step(
    "boxes appear in a browser without MediaStreamTrackProcessor, whose storage is shut",
    async () => {
      await using rig = await rigs.open({ viewerInit: [hideTrackProcessor, shutStorage] });
      await rig.join();
      await waitForPerson(rig.viewer.page);
      assert.deepEqual(rig.viewer.errors, []);
    },
  );
});
