import type { Metrics } from "@/protocol";
import type { RigBrowser } from "../browser.ts";
import { machineFacts } from "../machine.ts";
import {
  chooseMode,
  exportMetrics,
  resetMetrics,
  toggleDashboard,
  waitForThreads,
} from "../people.ts";
import type { MetricsConfig } from "./config.ts";
import { toDocument, type UserRecord, withIdle } from "./document.ts";
import { phoneFigures, readPhone } from "./phone_stats.ts";
import type { Progress } from "../progress.ts";
import { readProcesses, roleLoads } from "./role_processes.ts";
import { type BenchScene, type BenchUser, openMetricsScene } from "./scene.ts";
import { readHealth } from "../load/app.ts";

/** By then there are results, and the browsers say when frames were captured. */
const FIRST_RESULT_MS = 90_000;
const CLOCK_MS = 15_000;

/** Encoder, detector and load control have found their pace. */
const WARM_UP_S = 3;

/** What was in work is over. */
const SETTLE_MS = 1_000;

/** Something was shown, and told to the page. */
const BEGIN_MS = 750;

const TICK_MS = 250;

/** Measures once: starts everything, warms up, measures; `stack` ends it. */
export async function measureOnce(
  config: MetricsConfig,
  { stack, progress }: { stack: AsyncDisposableStack; progress: Progress },
): Promise<Metrics> {
  const note = (text: string) => progress.step(text);
  const scene = await openMetricsScene(config, { stack, note });
  note(config.mode === "off" ? "waiting for the video" : "waiting for the first results");
  await Promise.all(scene.users.map((user) => waitForResults(user, progress)));
  if (config.mode === "wasm" && config.threads === null) {
    note("waiting until the viewer has tried threads");
    await Promise.all(scene.users.map(({ viewer }) => waitForThreads(viewer.page)));
  }
  await progress.during("warming up", WARM_UP_S * 1000, TICK_MS);
  return await measureScene(scene, config, progress);
}

/** Measures a scene that runs. */
export async function measureScene(
  scene: BenchScene,
  config: MetricsConfig,
  progress: Progress,
): Promise<Metrics> {
  const before = await measureIdle(scene, config, progress);
  const metrics = await measureWork(scene, config, progress);
  const after = await measureIdle(scene, config, progress);
  return withIdle(metrics, [...before, ...after]);
}

/** The video alone: what of its delay is there without a model. */
async function measureIdle(
  { users }: BenchScene,
  { mode, idleS }: MetricsConfig,
  progress: Progress,
): Promise<Metrics[]> {
  if (idleS === 0 || mode === "off") return [];
  const pages = users.map(({ viewer }) => viewer.page);
  await Promise.all(pages.map((page) => chooseMode(page, "off")));
  await progress.during("nothing is examined", SETTLE_MS, TICK_MS);
  await Promise.all(pages.map(resetMetrics));
  await progress.during("measuring the video alone", idleS * 1000, TICK_MS);
  const found = await Promise.all(pages.map(exportMetrics));
  await Promise.all(pages.map((page) => chooseMode(page, mode)));
  await progress.during("warming up again", WARM_UP_S * 1000, TICK_MS);
  return found;
}

async function measureWork(
  scene: BenchScene,
  config: MetricsConfig,
  progress: Progress,
): Promise<Metrics> {
  const { users, server, pids } = scene;
  // From outside inwards: what was captured before the record begins comes into it.
  const before = await readAll(scene);
  await Promise.all(users.map(({ viewer }) => resetMetrics(viewer.page)));
  // A record begins with the first frame that is shown.
  if (config.page !== "plain") await progress.during("the record begins", BEGIN_MS, TICK_MS);
  for (const { viewer } of users) await changePage(viewer, config.page, true);
  await Promise.race([
    progress.during("measuring", config.durationS * 1000, TICK_MS),
    ...users.flatMap(({ phone, viewer }) => [whenGone("phone", phone), whenGone("viewer", viewer)]),
  ]);
  const after = await readAll(scene);
  for (const { viewer } of users) await changePage(viewer, config.page, false);
  const exported = await Promise.all(users.map(({ viewer }) => exportMetrics(viewer.page)));
  const records: UserRecord[] = exported.map((metrics, at) => ({
    exported: metrics,
    phone: phoneFigures(before.phones[at]!, after.phones[at]!),
  }));
  const errors = users.flatMap(({ phone, viewer }) => [...phone.errors, ...viewer.errors]);
  if (errors.length > 0) throw new Error(`Cannot measure: a page failed: ${errors[0]}`);
  if (!(await isUp(server.httpUrl))) throw new Error("Cannot measure: the app has ended");
  return toDocument(records, {
    ...await roleLoads(before.processes, after.processes, pids),
    ...serverRates(before.server, after.server),
    machine: machineFacts(),
    setup: setupOf(scene, config),
  });
}

/** Brings a viewer's page into the state in which it is measured, or back. */
async function changePage({ context, page }: RigBrowser, to: MetricsConfig["page"], isIn: boolean) {
  if (to === "dashboard") await toggleDashboard(page);
  if (to === "hidden") await (isIn ? await context.newPage() : page).bringToFront();
}

/** Rejects when a browser ends: nobody would wait for the rest of half an hour in vain. */
function whenGone(name: string, { context, page }: RigBrowser): Promise<never> {
  return new Promise((_, reject) => {
    const gone = () => reject(new Error(`Cannot measure: the ${name}'s browser has ended`));
    context.once("close", gone);
    page.once("crash", gone);
  });
}

async function readAll({ users, server }: BenchScene) {
  const [phones, serverReading, processes] = await Promise.all([
    Promise.all(users.map(({ phone }) => readPhone(phone.page))),
    readServer(server.httpUrl),
    readProcesses(),
  ]);
  return { phones, server: serverReading, processes };
}

/** Waits until a viewer has shown results, and a while for capture times that are end-to-end. */
async function waitForResults({ viewer: { page } }: BenchUser, progress: Progress): Promise<void> {
  const startedMs = performance.now();
  const sinceMs = () => performance.now() - startedMs;
  let firstMs: number | null = null;
  while (firstMs === null || sinceMs() - firstMs < CLOCK_MS) {
    progress.check();
    const { mode, samples, capture_clock: clock, video_delay_ms: video } = await exportMetrics(
      page,
    );
    if (samples.length > 0 || mode === "off") firstMs ??= sinceMs();
    if (mode === "off" ? video.median !== null : samples.length > 0 && clock !== "receiveTime") {
      return;
    }
    if (firstMs === null && sinceMs() > FIRST_RESULT_MS) {
      throw new Error(
        `Cannot measure: no result within ${FIRST_RESULT_MS / 1000} s. ${await problemOf(page)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function problemOf(page: BenchUser["viewer"]["page"]): Promise<string> {
  const alerts = await page.getByRole("alert").allInnerTexts();
  return alerts.map((text) => text.trim()).filter((text) => text !== "").join(" ") ||
    "The page names no reason";
}

function isUp(origin: string): Promise<boolean> {
  return fetch(`${origin}/readyz`).then(async (response) => {
    await response.body?.cancel();
    return true;
  }, () => false);
}

/** What was arranged, as the document has it. */
function setupOf({ camera, viewerLimit }: BenchScene, config: MetricsConfig): Metrics["setup"] {
  const { profile, users, viewerCores, page, runs, network } = config;
  return {
    measured_at: new Date().toISOString(),
    profile,
    camera: camera.source,
    camera_size: camera.widthPx === null ? null : `${camera.widthPx}x${camera.heightPx}`,
    camera_fps: camera.fps,
    camera_repeats_after_s: camera.lengthS,
    users,
    users_are: "phone and viewer in Chromium, in a room of their own",
    viewer_cores: viewerCores,
    viewer_limit: viewerLimit,
    viewer_page: page,
    threads: config.threads,
    runs,
    warm_up_s: WARM_UP_S,
    loss_share: network?.loss ?? 0,
    delay_ms: network?.delayMs ?? 0,
  };
}

/** What the inference process has carried so far; `null` without one. */
interface ServerReading {
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Asks the app. It says what its last heartbeat said, which is a quarter of a second old at most. */
async function readServer(origin: string): Promise<ServerReading | null> {
  const { inference } = await readHealth(origin);
  if (!inference?.process) return null;
  const { bytesReceived, bytesSent } = inference.process;
  return { atMs: performance.now(), receivedBytes: bytesReceived, sentBytes: bytesSent };
}

/** Frames that came and results that went; `null`: there is no such process, or another one now. */
function serverRates(before: ServerReading | null, after: ServerReading | null) {
  const elapsedMs = before && after ? after.atMs - before.atMs : 0;
  const rate = (key: "receivedBytes" | "sentBytes") => {
    const bytes = before && after ? after[key] - before[key] : -1;
    return bytes >= 0 && elapsedMs > 0 ? bytes * 8 / elapsedMs : null;
  };
  return { "server_uplink_kbps": rate("receivedBytes"), "server_downlink_kbps": rate("sentBytes") };
}
