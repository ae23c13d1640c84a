/** Ways between the devices that break for a while. */
import { DEFAULTS } from "../metrics/config.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import { waitForPhones } from "../people.ts";
import { setUpRig } from "../rig.ts";
import type { FaultCase, FaultContext, FaultResult } from "./fault_case.ts";
import { backAfterMs, longestGapMs, probe, readSeen } from "./probe.ts";

const CUT_EVERY_MS = 2_000;
const CUTTING_MS = 120_000;

const BLOCK_MS = 10_000;
const BLOCKS = 3;

const BAD_LINK = { loss: 0.1, delayMs: 200, forMs: 60_000 } as const;

/** Longer than this, and a picture has stopped. */
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
      const rig = stack.use(await setUpRig({ cuttable: true, initScript: probe }));
      await rig.join();
      const { page } = rig.viewer;
      await backAfterMs(page, "detectionsMs", Date.now());
      const fromMs = Date.now();
      let cuts = 0;
      while (Date.now() < fromMs + CUTTING_MS) {
        rig.wire!.cut();
        rig.wire!.mend();
        cuts++;
        await progress.during(`cut ${cuts}`, CUT_EVERY_MS, CUT_EVERY_MS);
      }
      const endedMs = Date.now();
      const seen = await readSeen(page);
      const pictureMs = longestGapMs(seen.framesMs, fromMs, endedMs);
      const resultsMs = longestGapMs(seen.detectionsMs, fromMs, endedMs);
      await waitForPhones(page, 1);
      const recoveryMs = [Date.now() - endedMs];
      const violations = pictureMs > MOMENT_MS ? [`the picture stopped for ${pictureMs} ms`] : [];
      return {
        tried: cuts,
        what:
          "every TCP connection of viewer and phone, cut at once; until the room is whole again",
        answers: { "cut": cuts },
        lost: "nothing: picture and results went on",
        recoveryMs,
        violations,
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
      const violations: string[] = [];
      for (let i = 0; i < BLOCKS; i++) {
        await progress.during("going on", 5_000, 500);
        await network.lose(1);
        await progress.during(`blocked, ${i + 1} of ${BLOCKS}`, BLOCK_MS, 500);
        await network.lose(0);
        const tookMs = await backAfterMs(page, "framesMs", Date.now());
        if (tookMs === null) violations.push("not back within 30 s");
        else recoveryMs.push(tookMs);
      }
      return {
        tried: BLOCKS,
        what: "all UDP packets, both ways",
        answers: { "back": recoveryMs.length },
        lost: "frames meanwhile",
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
      await network.lose(BAD_LINK.loss);
      await network.delay(BAD_LINK.delayMs);
      const fromMs = Date.now();
      await progress.during("bad link", BAD_LINK.forMs, 500);
      const meanwhile = (await readSeen(page)).framesMs.filter((atMs) => atMs >= fromMs).length;
      await network.lose(0);
      await network.delay(0);
      const endedMs = Date.now();
      // What is late still comes with the good link: a second of an even picture is what counts.
      const recoveryMs: number[] = [];
      const evenMs = await evenSince(page, endedMs);
      if (evenMs !== null) recoveryMs.push(evenMs);
      return {
        tried: 1,
        what: "both ways; until a second without a gap of a quarter of a second began",
        answers: { "frames shown meanwhile": meanwhile },
        lost: "frames meanwhile",
        recoveryMs,
        violations: [
          ...(evenMs === null ? ["no even picture within 30 s"] : []),
          ...(meanwhile === 0 ? ["no frame was shown meanwhile"] : []),
        ],
        figures: { "fps_meanwhile": meanwhile * 1000 / BAD_LINK.forMs },
      };
    },
  },
];

async function openLink(stack: AsyncDisposableStack, note: (text: string) => void) {
  const config = { ...DEFAULTS, network: { loss: 0, delayMs: 0 } };
  const scene = await openMetricsScene(config, { stack, note });
  const { page } = scene.users[0]!.viewer;
  await page.evaluate(probe);
  await backAfterMs(page, "framesMs", Date.now());
  return { page, network: scene.network! };
}

/** Ms until a second begins in which frames follow each other closely; `null`: there is none. */
async function evenSince(
  page: Parameters<typeof readSeen>[0],
  sinceMs: number,
): Promise<number | null> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const { framesMs } = await readSeen(page);
    const later = framesMs.filter((atMs) => atMs >= sinceMs);
    const start = later.find((atMs) =>
      Date.now() > atMs + 1_000 && longestGapMs(framesMs, atMs, atMs + 1_000) <= 250
    );
    if (start !== undefined) return start - sinceMs;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return null;
}
