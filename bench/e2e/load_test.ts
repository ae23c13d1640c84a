// @all: waits for load control to take its levels
// @alone: limits the CPU
/**
 * Load control, the choice of `auto` and that of the input's size as a person sees them, while processes
 * get less CPU.
 *
 * Takes about 70 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser, renderersOf, type RigBrowser } from "../browser.ts";
import { type CpuLimit, limitCpu } from "../cpu_limit.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { inLanes, TOGETHER } from "../lanes.ts";
import { joinByQr } from "../people.ts";
import { type RigServer, startServer } from "../server.ts";
import { cameraAt } from "../turnable_camera.ts";
import { until } from "../until.ts";

const ON_LINUX = { ignore: Deno.build.os !== "linux" };

/** Whatever else the machine does, a state that can be reached is reached in this time. */
const PATIENCE_MS = 150_000;

const LEVELS = ["full", "reduced", "latest-only", "paused"] as const;
type Level = typeof LEVELS[number];

/** What the viewer's page showed, gathered in it so that nothing is missed however slow it is. */
interface Shown {
  /** Each load line that differs from the one before. */
  readonly lines: string[];
  /**
   * Whether the list of detections was empty at the end, or had just changed, for each time it was paused.
   * A frame that was under way may take most of the pause where there is so little CPU; what was found in it
   * stays until it is stale, a second later.
   */
  readonly clearedInTime: boolean[];
  /** The line of `auto`, as it was when it named another side than before. */
  readonly choices: string[];
}

function watchPage(): void {
  const shown: Shown = { lines: [], clearedInTime: [], choices: [] };
  Object.assign(globalThis, { shown });
  let rows = "";
  let changedMs = 0;
  const look = () => {
    const choice = document.querySelector("[data-testid=auto]")?.textContent ?? "";
    const [, side] = choice.split("In use: ");
    if (side !== undefined && side !== shown.choices.at(-1)?.split("In use: ")[1]) {
      shown.choices.push(choice);
    }
    const line = document.querySelector("[data-testid=load]")?.textContent;
    if (line === undefined || line === null) return;
    const last = shown.lines.at(-1);
    if (line !== last && last?.startsWith("Load paused")) {
      shown.clearedInTime.push(rows === "" || performance.now() - changedMs < 1_500);
    }
    if (line !== last) shown.lines.push(line);
    const items = document.querySelectorAll("[aria-label='Detections'] li");
    const before = rows;
    rows = Array.from(items, (item) => item.textContent).join();
    if (rows !== before) changedMs = performance.now();
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
  });
}

function shownBy(page: Page): Promise<Shown> {
  return page.evaluate(() => (globalThis as unknown as { shown: Shown }).shown);
}

interface Scene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  /** Of the process that runs the viewer's page and its Workers. */
  readonly viewerCpu: CpuLimit;
}

/** A phone that shows the person clip, joined to a viewer. */
async function openScene(mode: "wasm" | "auto"): Promise<Scene> {
  const stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const server = stack.use(
    await startServer({ flags: ["--mode", mode] }),
  );
  const viewer = stack.use(await openBrowser({ role: "viewer", initScript: watchPage }));
  viewer.context.setDefaultTimeout(PATIENCE_MS);
  const phone = stack.use(await openBrowser({ role: "phone", clip: clip.path }));
  await viewer.page.goto(server.httpUrl);
  await joinByQr(phone.page, viewer.page);
  await viewer.page.getByRole("list", { name: "Detections" }).getByRole("listitem").first()
    .waitFor();
  const viewerCpu = stack.use(limitCpu(await renderersOf(viewer)));
  return { server, viewer, viewerCpu, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Waits, with questions in between, until `isThere`. @throws {Error} When patience ends. */
async function waitUntil(page: Page, what: string, isThere: () => Promise<boolean>): Promise<void> {
  await until(isThere, async () => {
    const text = await page.locator("body").innerText();
    return `Cannot see ${what}: ${(await shownBy(page)).lines.join("; ")}; ${text}`;
  }, { timeoutMs: PATIENCE_MS, everyMs: 250 });
}

function levelOf(line: string): Level {
  const level = LEVELS.find((name) => line.startsWith(`Load ${name}:`));
  if (level === undefined) throw new Error(`Cannot tell the level: ${line}`);
  return level;
}

/** Cores at first, and what is left of them at each step. */
const LIMIT = { first: 0.5, factor: 0.6, least: 0.05 } as const;

/** Long enough for load control to see what a limit does and to take the level after it. */
const STEP_MS = 4_000;

/** Load control: each level is entered and left under a CPU limit. */
async function goThroughLevels(): Promise<void> {
  await using scene = await openScene("wasm");
  const { viewer: { page, errors }, viewerCpu } = scene;
  await waitUntil(
    page,
    "full",
    async () => levelOf((await shownBy(page)).lines.at(-1)!) === "full",
  );
  await page.evaluate(() => {
    const { lines } = (globalThis as unknown as { shown: Shown }).shown;
    lines.splice(0, lines.length - 1);
  });

  let cores: number = LIMIT.first;
  let tightenedAtMs = -Infinity;
  await waitUntil(page, "paused", async () => {
    if (performance.now() - tightenedAtMs > STEP_MS) {
      viewerCpu.set(cores);
      cores = Math.max(LIMIT.least, cores * LIMIT.factor);
      tightenedAtMs = performance.now();
    }
    return (await shownBy(page)).lines.some((line) => levelOf(line) === "paused");
  });
  viewerCpu.set(null);
  await waitUntil(
    page,
    "full again",
    async () => levelOf((await shownBy(page)).lines.at(-1)!) === "full",
  );

  const { lines, clearedInTime } = await shownBy(page);
  const levels = lines.map(levelOf);
  assert.deepEqual([...new Set(levels)], LEVELS, "entered one after another");
  for (const [index, level] of levels.entries()) {
    const step = LEVELS.indexOf(level) - LEVELS.indexOf(levels[index - 1] ?? "full");
    assert.ok(Math.abs(step) <= 1, `a level was left out: ${levels}`);
    const reason = /\((detections were \d+ ms behind|only \d+\.\d frames a second)/;
    if (level === "full") assert.doesNotMatch(lines[index]!, reason);
    else assert.match(lines[index]!, reason);
  }
  assert.ok(clearedInTime.length > 0 && clearedInTime.every(Boolean), "paused, nothing is listed");
  assert.deepEqual(errors, []);
}

type Side = "this browser" | "the server";

/** Waits until `auto` has taken this side, and consents if that is asked. */
async function waitForSide(page: Page, side: Side): Promise<void> {
  await waitUntil(page, side, async () => {
    const yes = page.getByRole("button", { name: "Send frames to the server" });
    if (await yes.isVisible()) await yes.click();
    return (await page.getByTestId("auto").innerText()).endsWith(`In use: ${side}.`);
  });
}

/** What was known when a side was taken; both figures must be measured ones. */
function readChoice(line: string): { localMs: number; serverMs: number; side: Side } {
  const found = /browser (\d+) ms, server (\d+) ms\. In use: (the server|this browser)\.$/.exec(
    line,
  );
  assert.ok(found, `both figures are shown: ${line}`);
  return { localMs: Number(found[1]), serverMs: Number(found[2]), side: found[3] as Side };
}

/** Cores left to a side so that the other is faster. */
const VIEWER_SHARE = 0.5;
const SERVER_SHARE = 0.08;

/** `auto` takes the side that has the CPU, and changes both ways. */
async function changeSides(): Promise<void> {
  await using scene = await openScene("auto");
  const { server, viewer: { page, errors }, viewerCpu } = scene;
  const pid = /"event":"inference started","pid":(\d+)/.exec(server.output())?.[1];
  await using serverCpu = limitCpu([Number(pid)]);
  viewerCpu.set(VIEWER_SHARE);
  await waitForSide(page, "the server");
  viewerCpu.set(null);
  serverCpu.set(SERVER_SHARE);
  await waitForSide(page, "this browser");
  serverCpu.set(null);

  const lines = (await shownBy(page)).choices;
  const choices = lines.slice(-2).map(readChoice);
  assert.deepEqual(choices.map(({ side }) => side), ["the server", "this browser"]);
  for (const { side, localMs, serverMs } of choices) {
    const isServerBetter = serverMs < localMs;
    assert.equal(isServerBetter, side === "the server", `the faster one: ${lines}`);
  }
  assert.deepEqual(errors, []);
}

Deno.test("under a CPU limit", { ...TOGETHER, ...ON_LINUX }, async (t) => {
  // Each lets the machine idle for most of the time; only at its beginning it needs a core or more.
  await inLanes(
    t,
    [["load control: each level is entered and left", goThroughLevels]],
    [["auto: takes the side that has the CPU, and changes both ways", changeSides]],
  );
});

Deno.test(
  "the size is the largest that keeps up: a slower computer gets a smaller one",
  { ...BROWSER, ...ON_LINUX },
  async () => {
    await using server = await startServer({ flags: ["--mode", "wasm"] });
    await using viewer = await openBrowser({ role: "viewer" });
    await using phone = await openBrowser({ role: "phone", initScript: cameraAt(15) });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await joinByQr(phone.page, page);
    const waitForSize = (size: string) =>
      page.getByTestId("input-size").filter({ hasText: size }).waitFor({ timeout: PATIENCE_MS });
    await waitForSize("416×320");
    await using limit = limitCpu(await renderersOf(viewer));
    limit.set(0.1);
    await waitForSize("320×256");
  },
);
