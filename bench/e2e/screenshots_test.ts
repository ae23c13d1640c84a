// @all: pictures for people to look at
// Takes about 80 s on two busy cores.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, type InitScript, scriptOf } from "../browser.ts";
import { giveMadeUpRows } from "./made_up_rows.ts";
import { startCamera, toggleDashboard, toggleSettings, waitForAlert } from "../people.ts";
import { openRigs, type Rigs } from "../rig.ts";
import { ROOT } from "../server.ts";
import { readDetections, waitForBox, waitForVideo } from "../stage.ts";

/** Pictures for people to look at; ignored by git. */
const FOLDER = `${ROOT}/.out/screenshots`;

const SIZES = [[1440, 900], [1280, 720], [768, 1024], [390, 844], [320, 568]] as const;

/** Of what opens beside the picture or over it: what it is in, fits the others. */
const FEW_SIZES = SIZES.slice(2);

/** A phone on its side, too. */
const PHONE_SIZES = [[390, 844], [320, 568], [844, 390]] as const;

const LOOKS = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  forced: { colorScheme: "dark", forcedColors: "active" },
} as const;

/** Colours alone move nothing: one size of a laptop and one of a phone show them. */
const COLOURS_WIDTHS_PX: readonly number[] = [1280, 390];

/** What is taken of a page. */
interface Shots {
  readonly name: string;
  readonly sizes?: readonly (readonly [width: number, height: number])[];
  /** Done once a size and its colours are there. */
  prepare?(): Promise<void>;
}

/** Saves a page at all sizes and in its looks, and checks that it fits the width. */
async function takeAll(page: Page, { name, sizes = SIZES, prepare }: Shots): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    for (const [look, media] of Object.entries(LOOKS)) {
      if (look !== "light" && !COLOURS_WIDTHS_PX.includes(width)) continue;
      await page.emulateMedia(media);
      await prepare?.();
      await settle(page);
      const label = `${name}-${width}x${height}-${look}`;
      await page.screenshot({ path: `${FOLDER}/${label}.png`, scale: "css" });
      const overflowPx = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assert(overflowPx <= 0, `${label} is ${overflowPx} px wider than the screen`);
    }
    assert.deepEqual(await coveredTexts(page), [], `${name}-${width}x${height}`);
  }
  await page.emulateMedia(LOOKS.light);
  if (before) await page.setViewportSize(before);
}

/** Texts of what a person presses and cannot read to its end. */
function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, summary, a")]
      .filter((element) => element.checkVisibility())
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth)
      .map((element) => element.innerText)
  );
}

/** Texts of what a person could press if nothing lay over it, however the page is scrolled. Behind a dialog all is covered. */
function coveredTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.querySelector("dialog:modal") !== null) return [];
    const { scrollX, scrollY } = globalThis;
    const covered = [...document.querySelectorAll<HTMLElement>("button, summary, a, select")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .filter((element) =>
        !(["center", "end", "start"] as const).some((block) => {
          element.scrollIntoView({ block, inline: "center", behavior: "instant" });
          const { left, top, width, height } = element.getBoundingClientRect();
          return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        })
      )
      .map((element) => element.innerText);
    scrollTo(scrollX, scrollY);
    return covered;
  });
}

/** Layout and colours change over a frame or two. An animation that never ends is not waited for. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const still = async () => {
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})));
    };
    await Promise.race([still(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  });
}

Deno.test("pages fit all sizes in all states, and leave screenshots", BROWSER, async (t) => {
  await using rigs = await openRigs({ viewerCamera: true });
  await t.step("in one room", (t) => takeRoom(t, rigs));
  await t.step("elsewhere", (t) => takeOthers(t, rigs));
});

async function takeRoom(t: Deno.TestContext, rigs: Rigs): Promise<void> {
  await using rig = await rigs.open();
  const { page } = rig.viewer;
  await toggleSettings(page);
  const phone = await rig.open({ role: "phone" });

  await t.step("waiting", async () => {
    await takeAll(page, { name: "viewer-waiting" });
    await phone.page.goto(rig.joinUrl);
    await phone.page.getByRole("button", { name: "Start camera" }).waitFor();
    await takeAll(phone.page, { name: "phone-start", sizes: PHONE_SIZES });
  });

  await t.step("live", async () => {
    const stage = page.getByTestId("stage");
    const before = await stage.boundingBox();
    await startCamera(phone.page);
    await waitForVideo(page);
    await waitForBox(page);
    await page.getByTestId("vitals").filter({ hasText: /ms delay/ }).waitFor();
    assert.deepEqual(await stage.boundingBox(), before, "the stage moved when the video started");
    await takeAll(page, { name: "viewer-live" });
    await takeAll(phone.page, { name: "phone-live", sizes: PHONE_SIZES });
  });

  await t.step("everything that opens", async () => {
    const tool = (name: string) => page.getByRole("button", { name, exact: true });
    for (const name of ["Settings", "Zones", "Details", "Share"]) {
      const prepare = async () => {
        if (await page.locator("#drawer").isVisible()) await toggleSettings(page);
        await tool(name).click();
      };
      const sizes = name === "Settings" ? SIZES : FEW_SIZES;
      await takeAll(page, { name: `viewer-${name.toLowerCase()}`, sizes, prepare });
    }
    await tool("Draw a zone").click();
    await takeAll(page, { name: "viewer-drawing", sizes: FEW_SIZES });
    await tool("Cancel").click();
    await tool("Add a rectangle").click();
    await takeAll(page, { name: "viewer-zone", sizes: FEW_SIZES });
    await page.getByRole("button", { name: /^Delete/ }).click();
    await toggleSettings(page);
    await tool("Record").click();
    await page.locator("header").getByText(/^Recording 0:0/).waitFor();
    await takeAll(page, { name: "viewer-recording", sizes: FEW_SIZES });
    await tool("Stop recording").click();
    await tool("Save video").waitFor();
    await takeAll(page, { name: "viewer-recorded", sizes: FEW_SIZES });
    await toggleSettings(page);
    await tool("Models").click();
    await takeAll(page, { name: "viewer-models", sizes: FEW_SIZES });
    await tool("Close").click();
    await tool("Keyboard shortcuts").click();
    await takeAll(page, { name: "viewer-keys", sizes: FEW_SIZES });
    await page.keyboard.press("Escape");
  });

  await t.step("letters of twice the size cut nothing", async () => {
    const setSize = (size: string) =>
      page.evaluate((size) => document.documentElement.style.fontSize = size, size);
    await setSize("200%");
    const sizes = SIZES.slice(1, 4);
    for (const name of ["live", "settings"]) {
      if (name === "settings") await toggleSettings(page);
      const prepare = async () => assert.deepEqual(await cutTexts(page), []);
      await takeAll(page, { name: `viewer-${name}-large`, sizes, prepare });
    }
    await toggleSettings(page);
    await setSize("");
  });

  await t.step("two sources, and a paused phone", async () => {
    const add = page.getByRole("button", { name: "Add a camera" });
    await add.click();
    await takeAll(page, { name: "viewer-adding", sizes: FEW_SIZES });
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    await page.locator("[data-testid=phone][aria-pressed=true]")
      .filter({ hasText: "This computer" }).waitFor();
    await waitForVideo(page);
    await takeAll(page, { name: "viewer-two" });
    await page.getByTestId("phone").filter({ hasText: "Phone 1" }).click();
    await phone.page.getByRole("button", { name: "Pause" }).click();
    await page.locator(".stage-note").getByText("The camera is paused.").waitFor();
    await takeAll(page, { name: "viewer-paused", sizes: FEW_SIZES });
    await takeAll(phone.page, { name: "phone-paused", sizes: PHONE_SIZES });
    await phone.page.getByRole("button", { name: "Stop", exact: true }).click();
    await takeAll(phone.page, { name: "phone-stopped", sizes: PHONE_SIZES });
  });
}

async function takeOthers(t: Deno.TestContext, rigs: Rigs): Promise<void> {
  await using rig = await rigs.open();
  const open = async (path: string, initScript: InitScript = () => {}) => {
    const { page } = await rig.open({ role: "viewer", isFirstVisit: true, initScript });
    await page.goto(rig.server.httpUrl + path);
    return page;
  };
  // The hint comes after some time, in which the others are taken.
  const finding = await open("/?classes=toothbrush");
  await finding.getByRole("button", { name: "Use this computer's camera" }).click();

  await t.step("pages that cannot go on", async () => {
    const page = await open("/");
    await page.route("**/api/config", (route) => route.abort());
    await page.reload();
    await waitForAlert(page, /Cannot reach the server/);
    await takeAll(page, { name: "viewer-unreachable", sizes: FEW_SIZES });
    await page.close();
    const phone = await rig.open({
      role: "phone",
      initScript: () => {
        navigator.mediaDevices.getUserMedia = () =>
          Promise.reject(new DOMException("", "NotAllowedError"));
      },
    });
    await phone.page.goto(rig.joinUrl);
    await startCamera(phone.page);
    await phone.page.getByRole("alert").waitFor();
    await takeAll(phone.page, { name: "phone-refused", sizes: PHONE_SIZES });
  });

  await t.step("a hint where nothing is found", async () => {
    await finding.getByText(/^Nothing found yet/).waitFor();
    assert.deepEqual(await readDetections(finding), []);
    await takeAll(finding, { name: "viewer-hint", sizes: FEW_SIZES });
    await finding.close();
  });

  await t.step("the dashboard", async () => {
    const page = await open("/", scriptOf(giveMadeUpRows, 600));
    await toggleDashboard(page);
    const chart = page.getByTestId("chart-fps");
    const see = () => chart.scrollIntoViewIfNeeded();
    await takeAll(page, { name: "dashboard", prepare: see });
    const point = async () => {
      await see();
      const { x, y, width, height } = (await chart.boundingBox())!;
      await page.mouse.move(x + width * 0.6, y + height / 2);
    };
    await takeAll(page, { name: "dashboard-pointed", sizes: FEW_SIZES, prepare: point });
  });
}
