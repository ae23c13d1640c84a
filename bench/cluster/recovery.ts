import { setTimeout as pause } from "node:timers/promises";
import { exportMetrics, resetMetrics } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { round } from "../result_file.ts";
import { sum } from "../sums.ts";
import type { RigWorker } from "../worker.ts";
import {
  busyWorker,
  type ClusterScene,
  longestGapMs,
  longestVideoGapMs,
  openClusterScene,
  watchVideo,
} from "./scene.ts";

/** What became of a viewer's results and video in one case. */
export interface RecoveryFigures {
  readonly case: string;
  /** The longest time between two results on the screen. */
  readonly "results_gap_ms": number | null;
  /** The longest time between two frames of the phone's video. */
  readonly "video_gap_ms": number;
  /** Results came again before the end of the case. */
  readonly "is_back": boolean;
  readonly frames: { readonly processed: number; readonly dropped: number };
}

/** A case: what happens, and what puts everything right again after it. */
interface Case {
  readonly name: string;
  act(scene: ClusterScene): Promise<void>;
  restore?(scene: ClusterScene): Promise<void>;
  /** How long is waited for what becomes of it. */
  readonly waitMs?: number;
}

/** Long against what a page waits for before it takes a silent link for lost. */
const STOPPED_MS = 45_000;
const WAIT_MS = 15_000;
const BEFORE_MS = 2_000;

const other = { "SIGKILL": "killed", "SIGSTOP": "stopped" } as const;

/** A web node goes; new connections are led to the other one. */
function webCase(of: "home" | "bridge", signal: "SIGKILL" | "SIGSTOP"): Case {
  const [page, web] = of === "home" ? ["viewer", 0] as const : ["phone", 1] as const;
  return {
    name: `${of} node ${other[signal]}`,
    async act({ lead, webs }) {
      lead(page, 1 - web);
      await webs[web]!.signal(signal);
    },
    async restore({ webs, lead }) {
      if (signal === "SIGKILL") await webs[web]!.start();
      else await webs[web]!.signal("SIGCONT");
      lead("viewer", 0);
      lead("phone", 1);
    },
    ...(signal === "SIGSTOP" ? { waitMs: STOPPED_MS } : {}),
  };
}

function workerCase(signal: "SIGKILL" | "SIGSTOP"): Case {
  let gone: RigWorker | null = null;
  return {
    name: `worker ${other[signal]}`,
    async act(scene) {
      gone = await busyWorker(scene);
      await gone.signal(signal);
    },
    // Else its end would be waited for.
    restore: () => gone!.signal("SIGKILL"),
  };
}

const CASES: readonly Case[] = [
  workerCase("SIGKILL"),
  workerCase("SIGSTOP"),
  webCase("home", "SIGKILL"),
  webCase("bridge", "SIGKILL"),
  webCase("home", "SIGSTOP"),
  webCase("bridge", "SIGSTOP"),
  {
    name: "one NATS server of three killed",
    act: ({ nats }) => nats[0]!.signal("SIGKILL"),
    restore: ({ nats }) => nats[0]!.start(),
  },
  {
    name: "one NATS server of three stopped",
    act: ({ nats }) => nats[0]!.signal("SIGSTOP"),
    restore: ({ nats }) => nats[0]!.signal("SIGCONT"),
    waitMs: STOPPED_MS,
  },
  {
    name: "all NATS servers killed and started again",
    async act({ nats }) {
      await Promise.all(nats.map((one) => one.signal("SIGKILL")));
      await Promise.all(nats.map((one) => one.start()));
    },
  },
  {
    name: "workers and web nodes renewed one by one",
    async act({ workers, addWorker, webs, lead }) {
      for (let count = workers.length; count > 0; count--) {
        await addWorker();
        await workers.shift()![Symbol.asyncDispose]();
      }
      for (const web of [0, 1]) {
        lead("viewer", 1 - web);
        lead("phone", 1 - web);
        await webs[web]!.stop();
        await webs[web]!.start();
      }
    },
  },
];

/**
 * Has each part of a cluster fail under a viewer whose frames a worker examines. Each case has a scene of
 * its own, so that none begins with what another left.
 */
export async function measureRecovery(note: (text: string) => void): Promise<RecoveryFigures[]> {
  const figures: RecoveryFigures[] = [];
  for (const one of CASES) {
    note(`${one.name}\n`);
    await using scene = await openClusterScene();
    figures.push(await measureCase(scene, one));
  }
  return figures;
}

async function measureCase(scene: ClusterScene, one: Case): Promise<RecoveryFigures> {
  const { page } = scene.viewer;
  await waitForPerson(page);
  await resetMetrics(page);
  await watchVideo(page);
  await pause(BEFORE_MS);
  await one.act(scene);
  await pause(one.waitMs ?? WAIT_MS);
  const videoGapMs = await longestVideoGapMs(page);
  const endMs = Date.now();
  const { samples, frames } = await exportMetrics(page);
  const timesMs = samples.map(({ display_ts }) => display_ts);
  const lastMs = timesMs.at(-1) ?? -Infinity;
  await one.restore?.(scene);
  return {
    case: one.name,
    "results_gap_ms": timesMs.length < 2 ? null : round(longestGapMs(timesMs), 0),
    "video_gap_ms": round(videoGapMs, 0),
    "is_back": endMs - lastMs < BEFORE_MS,
    frames: {
      processed: frames.processed,
      dropped: sum(Object.values(frames.dropped)),
    },
  };
}
