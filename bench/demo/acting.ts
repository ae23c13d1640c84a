import type { Locator, Page } from "playwright-core";
import type { Metrics } from "@/protocol";
import { exportMetrics, startCamera, waitForPhones } from "../people.ts";
import type { SceneClock } from "./scene_clock.ts";
import type { SceneId } from "./script.ts";

/** Both pages, and what the scenes leave for others. */
export interface DemoStage {
  readonly phone: Page;
  readonly viewer: Page;
  /** What the QR code says. */
  readonly joinUrl: string;
  /** Whether the camera shows something that is to be found. */
  readonly hasObjects: boolean;
  /** What the scene `export` has exported. */
  metrics: Metrics | null;
}

/** What is done in a scene. */
interface Act {
  /** Not seen: until the scene may begin, whatever it takes. */
  prepare?(stage: DemoStage): Promise<void>;
  /** Seen, as far as it keeps to the clock: `until` after an action says by when it is to be done. */
  play?(stage: DemoStage, clock: SceneClock): Promise<void>;
}

/** A model that has to be loaded, and a clip whose person is away for a while. */
const RESULT_MS = 60_000;

/** Steps of the pointer from one place to another. */
const STEPS = 5;

/** Where the pointer is on its way through a chart. */
const POINTS = 30;

/** What happens in each of the scenes with pages. */
export const ACTS: Readonly<Partial<Record<SceneId, Act>>> = {
  join: {
    async prepare({ phone }) {
      // A phone that shows nothing yet; an empty page would be a white one.
      await phone.setContent('<body style="background:#000">');
    },
    async play({ phone, joinUrl }, clock) {
      await clock.until(0.25);
      await phone.goto(joinUrl);
      await phone.getByRole("button", { name: "Start camera" }).waitFor();
      await clock.until(0.35);
      await clock.until(0.55);
      await startCamera(phone);
      await clock.until(0.65);
    },
  },
  live: { prepare: waitForResults },
  synced: {
    async play({ viewer }, clock) {
      await clock.until(0.1);
      await choose(viewer, "View", "synced");
      await clock.until(0.2);
    },
  },
  server: {
    async prepare({ viewer }) {
      await viewer.getByRole("combobox", { name: "View", exact: true }).selectOption("live");
    },
    async play({ viewer }, clock) {
      await clock.until(0.05);
      await choose(viewer, "Mode", "server");
      const yes = viewer.getByRole("button", { name: "Send frames to the server" });
      await yes.waitFor();
      await clock.until(0.15);
      await clock.until(0.4);
      await click(yes);
      await clock.until(0.5);
    },
  },
  charts: {
    async prepare(stage) {
      await waitForResults(stage);
      await stage.viewer.mouse.move(720, 500);
    },
    async play({ viewer }, clock) {
      await clock.until(0.1);
      await click(viewer.getByRole("button", { name: "Dashboard" }));
      await viewer.getByTestId("chart-latency").locator("canvas").waitFor();
      await clock.until(0.2);
      await scrollTo(viewer.getByTestId("dashboard"), "start");
      await clock.until(0.35);
    },
  },
  point: {
    async prepare({ viewer }) {
      await viewer.getByTestId("chart-latency").locator("canvas").waitFor();
    },
    async play({ viewer }, clock) {
      const box = await boxOf(viewer.getByTestId("chart-latency"));
      for (let at = 0; at < POINTS; at++) {
        const share = 0.3 + 0.4 * at / POINTS;
        await viewer.mouse.move(box.x + box.width * share, box.y + box.height * 0.5);
        await clock.until(0.8 * (at + 1) / POINTS);
      }
    },
  },
  export: {
    async play(stage, clock) {
      const { viewer } = stage;
      await viewer.mouse.move(720, 880);
      const button = viewer.getByTestId("export-metrics");
      await scrollTo(button, "center");
      await clock.until(0.3);
      await pointAt(button);
      await clock.until(0.4);
      stage.metrics = await exportMetrics(viewer);
      await clock.until(0.5);
    },
  },
};

/** Waits until the phone's video is examined, and something is found where there is something. */
async function waitForResults({ viewer, hasObjects }: DemoStage): Promise<void> {
  await waitForPhones(viewer, 1);
  await viewer.getByTestId("export-metrics").and(viewer.locator(":enabled"))
    .waitFor({ timeout: RESULT_MS });
  if (!hasObjects) return;
  await viewer.getByRole("list", { name: "Detections" }).getByRole("listitem").first()
    .waitFor({ timeout: RESULT_MS });
}

async function choose(page: Page, name: string, value: string): Promise<void> {
  const select = page.getByRole("combobox", { name, exact: true });
  await pointAt(select);
  await select.selectOption(value);
}

async function click(target: Locator): Promise<void> {
  await pointAt(target);
  await target.click();
}

/** Moves the pointer so that it can be followed. */
async function pointAt(target: Locator): Promise<void> {
  const { x, y, width, height } = await boxOf(target);
  await target.page().mouse.move(x + width / 2, y + height / 2, { steps: STEPS });
}

async function boxOf(target: Locator) {
  const box = await target.boundingBox();
  if (box === null) throw new Error(`Cannot see ${target}`);
  return box;
}

function scrollTo(target: Locator, block: ScrollLogicalPosition): Promise<void> {
  return target.evaluate((element, block) => {
    element.scrollIntoView({ behavior: "smooth", block });
  }, block);
}

/**
 * Runs in both pages before anything else: shows where the pointer is, which is not on a page's own
 * picture.
 */
export function showPointer(): void {
  const dot = document.createElement("div");
  Object.assign(dot.style, {
    position: "fixed",
    zIndex: "2147483647",
    width: "26px",
    height: "26px",
    margin: "-13px 0 0 -13px",
    borderRadius: "50%",
    border: "2px solid #fff",
    background: "rgb(230 60 40 / 70%)",
    boxShadow: "0 0 4px rgb(0 0 0 / 60%)",
    pointerEvents: "none",
    display: "none",
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const place = ({ clientX, clientY }: PointerEvent) => {
    // A dialog is above everything else of the page, and so would hide it.
    const dialog = document.querySelector("dialog[open]");
    (dialog ?? document.documentElement).append(dot);
    Object.assign(dot.style, { display: "block", left: `${clientX}px`, top: `${clientY}px` });
    clearTimeout(timer);
    timer = setTimeout(() => dot.style.display = "none", 1_200);
  };
  addEventListener("pointermove", place, true);
  addEventListener("pointerdown", place, true);
}
