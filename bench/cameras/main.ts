/** Cameras of the server: frame to screen, what one viewer and several cost, the exact view, and bytes. */
import { setTimeout as pause } from "node:timers/promises";
import { median } from "../../client/base/quantiles.ts";
import { launchBrowser, type RigBrowser } from "../browser.ts";
import { runCommand, text, wholeNumber } from "../command.ts";
import { cpuPercent } from "../metrics/process_tree.ts";
import { readProcesses } from "../metrics/role_processes.ts";
import { keepConnections } from "../page_connections.ts";
import { exportMetrics, resetMetrics } from "../people.ts";
import { round, roundedSpread, roundOrNull, writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { startServer } from "../server.ts";
import { waitForVideo } from "../stage.ts";
import { whyNoLoss } from "../network/phone_network.ts";
import { measureExact, measurePhoneLive } from "./exact.ts";
import { measureRtsp } from "./rtsp.ts";
import { jpegBytes, sinceDrawn, videoBytes, watchedFrames, watchFrames } from "./watched_frames.ts";

/** One address gets no more places with cameras. */
const MOST_VIEWERS = 16;

const DEFAULT_VIEWERS = 10;
const DEFAULT_SECONDS = 20;
/**
 * The camera's frames and the screen's meet by chance and stay so: the delay is measured over so many
 * meetings. After this long without a viewer the scene begins anew.
 */
const MEETINGS = 5;
const MEETING_S = 2;
const IDLE_S = 7;
const EXACT_RATES = [15, 30];
const LOSSES = [0, 0.02];

/** As server mode sends pictures of a phone: what an MJPEG stream of the same picture would take. */
const JPEG_QUALITY = 0.8;

const HELP = `Measures cameras of the server, 640×480, as pages show them.

  deno task bench cameras [--seconds ${DEFAULT_SECONDS}] [--viewers ${DEFAULT_VIEWERS}] [--output FILE]

  --seconds N   how long each part is measured, 5 to 120
  --viewers N   pages that watch at last, 2 to ${MOST_VIEWERS}
  --output FILE where the figures go; otherwise bench/results/cameras.json

The drawn scene, at 30 fps, draws its own time: the delay is read from pixels, to when the browser hands the
frame to be composed and to when it expects it on the screen; beside it stands what the page says itself. The
CPU is that of the camera process with its ffmpegs (Linux), 100 is one core, first with one page and then with
all. The pages are of one browser on this machine, so with few cores many viewers slow each other down: their
delay is not measured. An IP camera is a stand-in that says when it sends a picture.

The exact view is judged by the pixels of the screen: a file's numbered frames, the model's own box of each,
in both modes, at ${
  EXACT_RATES.join(" and ")
} fps, without and with lost packets (Linux and root). Bytes are beside those of an
MJPEG stream of the same pictures. Takes about eight minutes.
`;

const FLAGS = {
  seconds: wholeNumber(5, 120),
  viewers: wholeNumber(2, MOST_VIEWERS),
  output: text,
};

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const { seconds = DEFAULT_SECONDS, viewers = DEFAULT_VIEWERS } = given;
    const scene = await measureScene(seconds, viewers);
    note("an IP camera");
    const rtsp = await measureRtsp(seconds);
    const figures = { scene, rtsp, ...await measureAllExact(seconds) };
    const command = `deno task bench cameras --seconds ${seconds} --viewers ${viewers}`;
    const written = await writeFigures("cameras", { command, ...figures }, given.output);
    return `${JSON.stringify(figures, undefined, 2)}\n${written}`;
  });
}

async function measureAllExact(seconds: number) {
  const refused = await whyNoLoss(note);
  const ownNetwork = refused === null;
  const losses = ownNetwork ? LOSSES : [0];
  const exact = [];
  const live = [];
  for (const mode of ["wasm", "server"] as const) {
    for (const fps of EXACT_RATES) {
      note(`the exact view, ${mode}, ${fps} fps`);
      const found = await measureExact({
        ...{ mode, fps, losses, ownNetwork, seconds },
        jpegQuality: JPEG_QUALITY,
      });
      exact.push(...found.exact);
      live.push(found.live);
    }
  }
  for (const fps of EXACT_RATES) {
    note(`the live view of a phone, server, ${fps} fps`);
    live.push(await measurePhoneLive(fps, seconds));
  }
  return { exact, live, refused: refused === null ? [] : [refused] };
}

async function measureScene(seconds: number, viewers: number) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    await startServer({
      env: {
        ...{ PEERLENS_CAMERAS: "ball", PEERLENS_LOG: "json" },
        PEERLENS_MAX_VIEWERS: String(viewers),
      },
    }),
  );
  const browser = stack.use(await launchBrowser({ role: "viewer" }));
  const owner = stack.use(await browser.open({ initScript: keepConnections }));
  await open(owner, `${server.httpUrl}/?camera=ball&mode=off`);
  const pid = cameraPid(server.output());

  note("one viewer");
  await watchFrames(owner.page);
  await resetMetrics(owner.page);
  const bytesBefore = await videoBytes(owner.page);
  // What was seen until now is of the start.
  await watchedFrames(owner.page);
  const startMs = performance.now();
  const jpegs: number[] = [];
  const cpuOfOne = await cpuOf(pid, async () => {
    for (let at = 0; at < seconds; at++) {
      await pause(1_000);
      jpegs.push(await jpegBytes(owner.page, JPEG_QUALITY));
    }
  });
  const elapsedS = (performance.now() - startMs) / 1000;
  const frames = await watchedFrames(owner.page);
  const bytes = await videoBytes(owner.page) - bytesBefore;
  const told = (await exportMetrics(owner.page)).video_delay_ms.median;

  const met = frames.slice(-MEETING_S * 30);
  for (let meeting = 1; meeting < MEETINGS; meeting++) {
    const url = owner.page.url();
    await owner.page.goto("about:blank");
    await pause(IDLE_S * 1000);
    await open(owner, url);
    await watchFrames(owner.page);
    await pause(1_000);
    await watchedFrames(owner.page);
    await pause(MEETING_S * 1000);
    met.push(...await watchedFrames(owner.page));
  }

  note(`${viewers} viewers`);
  const link = await owner.page.getByRole("link", { name: "View-only link" }).getAttribute("href");
  const url = new URL(link!, server.httpUrl);
  url.searchParams.set("mode", "off");
  for (let at = 1; at < viewers; at++) await open(stack.use(await browser.open()), url.href);
  const cpuOfAll = await cpuOf(pid, () => pause(seconds * 1000));

  const timed = met.flatMap(({ timeCode, ...frame }) =>
    timeCode === null ? [] : [{ ...frame, timeCode }]
  );
  const fps = frames.length / elapsedS;
  const bytesPerS = bytes / elapsedS;
  const mjpegBytesPerS = median(jpegs)! * 30;
  return {
    seconds,
    "frames_seen": frames.length,
    "frames_named": frames.filter(({ rtpTimestamp }) => rtpTimestamp !== 0).length,
    "shown_fps": round(fps, 1),
    /** Both by the time that is drawn into the picture, over all meetings. */
    meetings: MEETINGS,
    "presented_delay_ms": roundedSpread(
      timed.map(({ timeCode, presentedAtMs }) => sinceDrawn(timeCode, presentedAtMs)),
      1,
    ),
    "displayed_delay_ms": roundedSpread(
      timed.map(({ timeCode, displayedAtMs }) => sinceDrawn(timeCode, displayedAtMs)),
      1,
    ),
    /** By the page's own account. */
    "told_delay_ms": roundOrNull(told, 1),
    "kilobits_per_s": round(bytesPerS * 8 / 1000, 0),
    "mjpeg_kilobits_per_s": round(mjpegBytesPerS * 8 / 1000, 0),
    "ratio_mjpeg": round(mjpegBytesPerS / bytesPerS, 1),
    "cpu_percent": {
      "one_viewer": roundOrNull(cpuOfOne, 1),
      "all_viewers": roundOrNull(cpuOfAll, 1),
    },
    viewers,
    "ratio_cpu": cpuOfOne && cpuOfAll ? round(cpuOfAll / cpuOfOne, 2) : null,
  };
}

async function open({ page }: RigBrowser, url: string): Promise<void> {
  await page.goto(url);
  await waitForVideo(page);
}

/** @throws {Error} If the server has none. */
function cameraPid(output: string): number {
  const pid = /"event":"cameras started","pid":(\d+)/.exec(output)?.[1];
  if (pid === undefined) throw new Error("Cannot find the camera process: is there ffmpeg?");
  return Number(pid);
}

/** What a process and those below it take meanwhile; `null` where the system does not say. */
async function cpuOf(pid: number, work: () => Promise<void>): Promise<number | null> {
  const before = await readProcesses();
  await work();
  const after = await readProcesses();
  return before && after && cpuPercent(before, after, [pid]);
}
