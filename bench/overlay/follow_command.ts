import { type Given, listOf, oneOf, text, UsageError, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { ASSETS } from "../fixtures.ts";
import { note } from "../screen.ts";
import { FAMILIES } from "./film.ts";
import { type FollowRow, type FollowSubject, followTable, measureFollowing } from "./follow.ts";
import type { Schedule } from "./late_results.ts";
import { MODEL } from "./overlay_scene.ts";
import { VIDEOS } from "./real_video.ts";

const VIDEO_NAMES = Object.keys(VIDEOS) as (keyof typeof VIDEOS)[];

/** Numbers that nothing was made with: trackers are not judged by the films that they were tried on. */
const DEFAULT_SEED = 4_711;
const DEFAULT_SCHEDULES = [{ everyMs: 125, lateMs: 300 }, { everyMs: 330, lateMs: 700 }];

/** Of objects that are followed. */
export const FOLLOW_FLAGS = {
  family: listOf(oneOf("all", ...FAMILIES)),
  video: listOf(oneOf("all", ...VIDEO_NAMES)),
  schedule: listOf(readSchedule),
  fps: listOf(wholeNumber(5, 30)),
  mode: listOf(oneOf("wasm", "server")),
  model: text,
  predict: listOf(oneOf("on", "off")),
  seed: listOf(wholeNumber(1, 1_000_000)),
  "busy-core": null,
};

/** A part of the bench's help. */
export const FOLLOW_HELP = `
With --family or --video it measures only how boxes of the live view follow objects that turn, stop and hide, in films
drawn from a seed, or in videos of PEERLENS_ASSETS. Rows go to bench/results/overlay_follow.json:

  --family NAMES     ${FAMILIES.join(", ")}
  --video NAMES      ${VIDEO_NAMES.join(", ")}; needs ffmpeg
  --schedule LIST    EVERY/LATE in ms: a frame is examined so often, and its result is there so late; "own" leaves it to
                     the machine. Otherwise 125/300,330/700
  --fps LIST         of the camera; otherwise 30,15
  --mode LIST        wasm, server; otherwise wasm
  --model ID         of PEERLENS_MODELS, or else of PEERLENS_ASSETS; otherwise the embedded one
  --predict LIST     on: boxes are moved on, off: they stay where they were found; otherwise both
  --seed LIST        otherwise ${DEFAULT_SEED}
  --busy-core        another process computes all the time

Results are held back by the bench, in front of the product: it is as it is. A row takes about 25 s.
`;

/** Measures what was asked for; prints a table. @throws {UsageError} If nothing is to be followed. */
export async function runFollow(
  given: Given<typeof FOLLOW_FLAGS> & {
    readonly seconds: number;
    readonly output: string | undefined;
  },
): Promise<string> {
  const subjects = subjectsOf(given);
  if (subjects.length === 0) throw new UsageError("There is nothing to follow without --family");
  const model = given.model === undefined ? { id: MODEL.modelId, folders: "" } : {
    id: given.model,
    folders: Deno.env.get("PEERLENS_MODELS") ?? (ASSETS ? `${ASSETS}/models` : ""),
  };
  const rows: FollowRow[] = [];
  for (const mode of given.mode ?? ["wasm"] as const) {
    for (const subject of subjects) {
      for (const fps of given.fps ?? [30, 15]) {
        note(`${JSON.stringify(subject)}, ${mode}, ${fps} fps`);
        const plan = {
          ...{ subject, fps, mode, model, seconds: given.seconds },
          schedules: given.schedule ?? DEFAULT_SCHEDULES,
          predict: (given.predict ?? ["off", "on"]).map((word) => word === "on"),
          isBusy: given["busy-core"] ?? false,
        };
        rows.push(...await measureFollowing(plan));
      }
    }
  }
  const written = await writeFigures("overlay_follow", { rows }, given.output);
  return `${followTable(rows)}\n${written}`;
}

function subjectsOf({ family = [], video = [], seed = [DEFAULT_SEED] }: Given<
  typeof FOLLOW_FLAGS
>): FollowSubject[] {
  const families = family.flatMap((name) => name === "all" ? FAMILIES : [name]);
  const videos = video.flatMap((name) => name === "all" ? VIDEO_NAMES : [name]);
  return [
    ...families.flatMap((family) => seed.map((seed) => ({ family, seed }))),
    ...videos.map((video) => ({ video })),
  ];
}

function readSchedule(value: string, flag: string): Schedule | null {
  if (value === "own") return null;
  const [, every, late] = /^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? [];
  if (every === undefined) throw new UsageError(`${flag} takes EVERY/LATE in ms, or own: ${value}`);
  return { everyMs: Number(every), lateMs: Number(late) };
}
