/** Processes that die while a phone is watched, and come back. */
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { openBrowser, type RigBrowser, scriptOf } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { inferencePids } from "../inference_faults.ts";
import { joinWithPhone, scanQr, startCamera, waitForPhones } from "../people.ts";
import { treeOf } from "../metrics/process_tree.ts";
import { readProcesses, startedBy } from "../metrics/role_processes.ts";
import { type RigServer, startServer } from "../server.ts";
import { toolOutput } from "../tool_output.ts";
import type { FaultCase, FaultContext, FaultResult } from "./fault_case.ts";
import { changeSettings, keptWords, lookAt, missingOf } from "./kept.ts";
import { type Cause, spanWords, type StopSign, waitForReturn } from "./outage.ts";
import { longestGapMs, probe, readSeen, type Shown } from "./probe.ts";

const TIMES = 3;

/** Faults are so far apart: a process that dies again soon is started anew ever later, by design. */
const REST_MS = 12_000;

/** Everybody, in server mode, with the consent given. */
interface Stage {
  readonly server: RigServer;
  readonly joinUrl: string;
  viewer: RigBrowser;
  page: Page;
  phone: RigBrowser;
  phonePids: readonly number[];
  /** @param kept What the phone's browser has stored. */
  openPhone(kept: Record<string, string>): Promise<{ started: RigBrowser; pids: number[] }>;
}

async function openStage(stack: AsyncDisposableStack): Promise<Stage> {
  const clip = stack.use(await clipFile(await personClip()));
  const server = stack.use(
    await startServer({ flags: ["--mode", "server"] }),
  );
  const viewer = stack.use(await openBrowser({ role: "viewer", initScript: probe }));
  const openPhone = (kept: Record<string, string>) =>
    startedBy(() =>
      openBrowser({ role: "phone", clip: clip.path, initScript: scriptOf(fillStorage, kept) })
    );
  const { started: phone, pids: phonePids } = await openPhone({});
  await viewer.page.goto(server.httpUrl);
  const joinUrl = await scanQr(viewer.page);
  await joinWithPhone(phone.page, joinUrl);
  await waitForPhones(viewer.page, 1);
  await viewer.page.getByRole("button", { name: "Send frames to the server" }).click();
  await viewer.page.getByRole("list", { name: "Detections" }).filter({ hasText: "person" })
    .waitFor();
  await changeSettings(viewer.page);
  return { server, joinUrl, viewer, page: viewer.page, phone, phonePids, openPhone };
}

/** Runs in the page before anything else. */
function fillStorage(kept: Record<string, string>): void {
  for (const [key, value] of Object.entries(kept)) localStorage.setItem(key, value);
}

/** Something that is done to the stage; resolves when the cause has ended. */
type Fault = (stage: Stage, context: FaultContext) => Promise<Cause>;

interface Plan {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  /** What has to be there again. */
  readonly back: Shown;
  /** How it is known to have been away. */
  readonly sign: StopSign;
  /** What must not have stopped meanwhile, for longer than a moment. */
  readonly goesOn?: "framesMs";
  readonly fault: Fault;
}

/** Longer than this, and a picture has stopped; a busy machine leaves out some frames. */
const MOMENT_MS = 1_500;

function caseOf({ name, title, what, back, sign, goesOn, fault }: Plan): FaultCase {
  return {
    name,
    title,
    limitS: 300,
    needs: "browsers",
    async run(context): Promise<FaultResult> {
      const { stack, progress } = context;
      progress.step("starting");
      const stage = await openStage(stack);
      stack.defer(() => closeDead(stage.phone));
      const before = await lookAt(stage.page);
      const recoveryMs: number[] = [];
      const stoodStillMs: number[] = [];
      const missing: string[] = [];
      const violations: string[] = [];
      let gapMs = 0;
      for (let i = 0; i < TIMES; i++) {
        if (i > 0) await progress.during("going on", REST_MS, 500);
        progress.step(`${i + 1} of ${TIMES}`);
        const earlier = (await readSeen(stage.page))[back];
        const cause = await fault(stage, context);
        const outage = await waitForReturn(stage.page, { what: back, sign, cause }, earlier);
        if (outage === null) {
          violations.push("not seen to stop and be back within 30 s");
          break;
        }
        recoveryMs.push(outage.backAfterMs);
        stoodStillMs.push(outage.stoodStillMs);
        if (goesOn) {
          const toMs = cause.endedMs + outage.backAfterMs;
          const shownMs = (await readSeen(stage.page))[goesOn];
          gapMs = Math.max(gapMs, longestGapMs(shownMs, cause.beganMs, toMs));
        }
        missing.push(...await missingOf(stage.page, before));
      }
      violations.push(...missing);
      if (goesOn && gapMs > MOMENT_MS) violations.push(`the picture stopped for ${gapMs} ms`);
      const stopped = back === "framesMs" ? "the picture" : "results";
      return {
        tried: TIMES,
        what,
        answers: { "back": recoveryMs.length },
        lost: recoveryMs.length === 0 ? `${stopped}: not seen to stop and be back` : [
          `${stopped} for ${spanWords(stoodStillMs)}`,
          ...(goesOn ? [`the picture stood still for ${gapMs} ms at most`] : []),
          keptWords(missing),
        ].join("; "),
        recoveryMs,
        violations,
        figures: {
          "longest_standstill_ms": stoodStillMs.length === 0 ? null : Math.max(...stoodStillMs),
          ...(goesOn ? { "longest_gap_of_picture_ms": gapMs } : {}),
        },
      };
    },
  };
}

/** See {@linkcode FaultCase}. */
export const PROCESS_CASES: readonly FaultCase[] = [
  caseOf({
    name: "kill-server",
    title: "Server killed (SIGKILL) and started again",
    what: "the main process; until results are shown again after the new one listens",
    back: "detectionsMs",
    sign: "transport",
    goesOn: "framesMs",
    async fault({ server }) {
      const pid = await mainProcess();
      const beganMs = Date.now();
      Deno.kill(pid, "SIGKILL");
      await server.stop().catch(() => {});
      await pause(2_000);
      await server.start();
      return { beganMs, endedMs: Date.now() };
    },
  }),
  caseOf({
    name: "kill-inference",
    title: "Inference process killed (SIGKILL)",
    what: "from the kill until the first result of the next process is shown",
    back: "detectionsMs",
    sign: "transport",
    goesOn: "framesMs",
    async fault({ server, page }) {
      await page.getByTestId("transport").waitFor();
      const killedMs = Date.now();
      Deno.kill(inferencePids(server).at(-1)!, "SIGKILL");
      return { beganMs: killedMs, endedMs: killedMs };
    },
  }),
  caseOf({
    name: "kill-phone",
    title: "Phone's browser killed and opened again",
    what: "until its picture is shown again after a person has tapped Start camera",
    back: "framesMs",
    sign: "stillness",
    async fault(stage) {
      const kept = await stage.phone.page.evaluate(() => ({ ...localStorage }));
      const beganMs = Date.now();
      await killTree(stage.phonePids);
      await closeDead(stage.phone);
      await pause(3_000);
      const { started, pids } = await stage.openPhone(kept);
      Object.assign(stage, { phone: started, phonePids: pids });
      await started.page.goto(stage.joinUrl);
      await started.page.getByRole("button", { name: "Start camera" }).waitFor();
      const tappedMs = Date.now();
      await startCamera(started.page);
      return { beganMs, endedMs: tappedMs };
    },
  }),
  caseOf({
    name: "kill-viewer",
    title: "Viewer's page crashed and opened again",
    what: "until results are shown again after the page was opened",
    back: "detectionsMs",
    sign: "page",
    async fault(stage) {
      const { context } = stage.viewer;
      const beganMs = Date.now();
      const address = stage.page.url();
      await stage.page.goto("chrome://crash").catch(() => {});
      await stage.page.close();
      const page = await context.newPage();
      const openedMs = Date.now();
      await page.goto(address);
      stage.page = page;
      return { beganMs, endedMs: openedMs };
    },
  }),
];

/** The process that listens, among all that we have started. */
async function mainProcess(): Promise<number> {
  const table = await readProcesses();
  for (const { pid } of treeOf(table?.entries ?? [], [Deno.pid])) {
    const command = await toolOutput("ps", ["-ww", "-o", "args=", "-p", String(pid)]);
    if (command?.includes("server/main.ts")) return pid;
  }
  throw new Error("Cannot find the server's main process");
}

/** Lets go of a browser that may have been killed. */
async function closeDead(browser: RigBrowser): Promise<void> {
  try {
    await browser[Symbol.asyncDispose]();
  } catch {
    // There is nobody to say goodbye to.
  }
}

async function killTree(roots: readonly number[]): Promise<void> {
  const table = await readProcesses();
  for (const { pid } of treeOf(table?.entries ?? [], roots)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has ended with another one.
    }
  }
}
