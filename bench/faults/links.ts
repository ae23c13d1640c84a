/** Ways between the devices that break for a while. */
import { DEFAULTS } from "../metrics/config.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import type { Page } from "playwright-core";
import { setUpRig } from "../rig.ts";
import type { FaultCase, FaultContext, FaultResult } from "./fault_case.ts";
import { keptWords, lookAt, missingOf } from "./kept.ts";
import { spanWords, waitForReturn } from "./outage.ts";
import { longestGapMs, poll, probe, readSeen, waitToSee } from "./probe.ts";

const CUT_EVERY_MS = 2_000;
const CUTTING_MS = 120_000;

const BLOCK_MS = 10_000;
const BLOCKS = 3;

const BAD_LINK = { loss: 0.1, delayMs: 200, forMs: 60_000 } as const;

/** The same link without a fault, to compare with. */
const QUIET_MS = 5_000;

/** Longer than this, and a picture or results have stopped. */
const MOMENT_MS = 1_500;

/** See {@linkcode FaultCase}. */
export const LINK_CASES: readonly FaultCase[] = [
  {
    name: "flapping-socket",
    title: `Signalling socket dropped every ${CUT_EVERY_MS / 1000} s for ${
      CUTTING_MS / 60_000
    } min`,
    limitS: 300,
    needs: "browsers",
    async run({ stack, progress }: FaultContext): Promise<FaultResult> {
      progress.step("starting");
      const rig = stack.use(
        await setUpRig({ cuttable: true, initScript: probe, isFirstVisit: true }),
      );
      const phone = await rig.join();
      const { page } = rig.viewer;
      const rejoins = [page, phone.page].map(watchRejoins);
      await waitToSee(page, "detectionsMs");
      const before = await lookAt(page);
      const fromMs = Date.now();
      let lastCutMs = fromMs;
      let cuts = 0;
      while (Date.now() < fromMs + CUTTING_MS) {
        lastCutMs = Date.now();
        rig.proxy!.cut();
        rig.proxy!.mend();
        cuts++;
        await progress.during(`cut ${cuts}`, CUT_EVERY_MS, CUT_EVERY_MS);
      }
      const backMs = () => rejoins.map((times) => times.find((atMs) => atMs > lastCutMs));
      const isBack = await poll(() => Promise.resolve(!backMs().includes(undefined)), 30_000);
      const recoveryMs = isBack ? [Math.max(...backMs().map((atMs) => atMs! - lastCutMs))] : [];
      const missing = await missingOf(page, before);
      const toMs = Date.now();
      const seen = await readSeen(page);
      const pictureMs = longestGapMs(seen.framesMs, fromMs, toMs);
      const resultsMs = longestGapMs(seen.detectionsMs, fromMs, toMs);
      return {
        tried: cuts,
        what:
          "every TCP connection of viewer and phone, cut at once; from the last cut until the " +
          "server has greeted both again",
        answers: {
          "cut": cuts,
          "viewer greeted": rejoins[0]!.length,
          "phone greeted": rejoins[1]!.length,
        },
        lost: `the picture stood still for ${pictureMs} ms at most, results for ${resultsMs} ms; ` +
          keptWords(missing),
        recoveryMs,
        violations: [
          ...(pictureMs > MOMENT_MS ? [`the picture stopped for ${pictureMs} ms`] : []),
          ...(resultsMs > MOMENT_MS ? [`results stopped for ${resultsMs} ms`] : []),
          ...(isBack ? [] : ["viewer or phone did not get back to the server within 30 s"]),
          ...missing,
        ],
        figures: { "longest_gap_of_picture_ms": pictureMs, "longest_gap_of_results_ms": resultsMs },
      };
    },
  },
  {
    name: "blocked-udp",
    title: `UDP between phone and viewer blocked for ${BLOCK_MS / 1000} s, in mid-stream`,
    limitS: 240,
    needs: "browsers and root on Linux",
    async run({ stack, progress }: FaultContext): Promise<FaultResult> {
      const { page, network } = await openLink(stack, progress.step);
      const recoveryMs: number[] = [];
      const stoodStillMs: number[] = [];
      const violations: string[] = [];
      for (let i = 0; i < BLOCKS; i++) {
        await progress.during("going on", 5_000, 500);
        const beganMs = Date.now();
        await network.lose(1);
        await progress.during(`blocked, ${i + 1} of ${BLOCKS}`, BLOCK_MS, 500);
        await network.lose(0);
        const cause = { beganMs, endedMs: Date.now() };
        const outage = await waitForReturn(page, { what: "framesMs", sign: "stillness", cause });
        if (outage === null) violations.push("not seen to stop and be back within 30 s");
        else {
          recoveryMs.push(outage.backAfterMs);
          stoodStillMs.push(outage.stoodStillMs);
        }
      }
      return {
        tried: BLOCKS,
        what: "all UDP packets, both ways",
        answers: { "back": recoveryMs.length },
        lost: recoveryMs.length === 0
          ? "the picture: not seen to stop and be back"
          : `the picture for ${spanWords(stoodStillMs)}`,
        recoveryMs,
        violations,
      };
    },
  },
  {
    name: "bad-link",
    title: `${BAD_LINK.loss * 100} % loss and ${BAD_LINK.delayMs} ms delay for ${
      BAD_LINK.forMs / 60_000
    } min`,
    limitS: 240,
    needs: "browsers and root on Linux",
    async run({ stack, progress }: FaultContext): Promise<FaultResult> {
      const { page, network } = await openLink(stack, progress.step);
      const quietMs = Date.now();
      await progress.during("good link", QUIET_MS, 500);
      const fpsBefore = framesSince(await readSeen(page), quietMs) * 1000 / (Date.now() - quietMs);
      await network.lose(BAD_LINK.loss);
      await network.delay(BAD_LINK.delayMs);
      const fromMs = Date.now();
      await progress.during("bad link", BAD_LINK.forMs, 500);
      const badMs = Date.now() - fromMs;
      const seen = await readSeen(page);
      const meanwhile = framesSince(seen, fromMs);
      const fpsMeanwhile = meanwhile * 1000 / badMs;
      const stillMs = longestGapMs(seen.framesMs, fromMs, fromMs + badMs);
      await network.lose(0);
      await network.delay(0);
      const endedMs = Date.now();
      // What is late still comes with the good link, and what was delayed is still on its way: a
      // second of an even picture of later frames is what counts.
      const recoveryMs: number[] = [];
      const evenMs = await evenFrom(page, endedMs + BAD_LINK.delayMs);
      if (evenMs !== null) recoveryMs.push(evenMs - endedMs);
      return {
        tried: 1,
        what: "both ways; until a second without a gap of a quarter of a second began",
        answers: { "frames shown meanwhile": meanwhile },
        lost:
          `${fpsMeanwhile.toFixed(1)} of ${fpsBefore.toFixed(1)} pictures a second were shown; ` +
          `the picture stood still for ${stillMs} ms at most`,
        recoveryMs,
        violations: [
          ...(evenMs === null ? ["no even picture within 30 s"] : []),
          ...(meanwhile === 0 ? ["no frame was shown meanwhile"] : []),
        ],
        figures: {
          "fps_before": fpsBefore,
          "fps_meanwhile": fpsMeanwhile,
          "longest_gap_of_picture_ms": stillMs,
        },
      };
    },
  },
];

async function openLink(stack: AsyncDisposableStack, note: (text: string) => void) {
  const config = { ...DEFAULTS, network: { loss: 0, delayMs: 0 } };
  const scene = await openMetricsScene(config, { stack, note });
  const { page } = scene.users[0]!.viewer;
  await page.evaluate(probe);
  await waitToSee(page, "framesMs");
  return { page, network: scene.network! };
}

function framesSince({ framesMs }: Awaited<ReturnType<typeof readSeen>>, sinceMs: number): number {
  return framesMs.filter((atMs) => atMs >= sinceMs).length;
}

/** When the server greeted a page, over either transport; ms since 1970, as they come. */
function watchRejoins(page: Page): number[] {
  const joinedMs: number[] = [];
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/api/link")) return;
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).includes('"joined"')) joinedMs.push(Date.now());
    });
  });
  page.on("response", (response) => {
    if (response.url().endsWith("/api/link/stream") && response.ok()) joinedMs.push(Date.now());
  });
  return joinedMs;
}

/** When a second begins in which frames follow each other closely; `null`: there is none. */
async function evenFrom(page: Page, sinceMs: number): Promise<number | null> {
  let start: number | undefined;
  await poll(async () => {
    const { framesMs } = await readSeen(page);
    start = framesMs.filter((atMs) => atMs >= sinceMs).find((atMs) =>
      Date.now() > atMs + 1_000 && longestGapMs(framesMs, atMs, atMs + 1_000) <= 250
    );
    return start !== undefined;
  }, 30_000);
  return start ?? null;
}
