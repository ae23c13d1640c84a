import { setTimeout as pause } from "node:timers/promises";
import { ownBox } from "../accuracy/own_box.ts";
import { round, roundOrNull } from "../result_file.ts";
import { cpuPercent } from "../metrics/process_tree.ts";
import { readProcesses } from "../metrics/role_processes.ts";
import { note } from "../screen.ts";
import { busyCore } from "./busy_core.ts";
import { type Family, FILM_PX, makeFilm } from "./film.ts";
import { filmFile, pictureOf } from "./film_picture.ts";
import { type Follow, followFigures, type FollowTruth } from "./follow_figures.ts";
import { heldResults, heldResultsScript, type Schedule, setSchedule } from "./late_results.ts";
import type { OverlayMode } from "./measure.ts";
import { openScreenScene, type SceneSetup, type ScreenScene } from "./overlay_scene.ts";
import { type RealVideo, realVideo, type VideoName } from "./real_video.ts";

/** What a camera sees: a film drawn from a seed, or a part of a real video. */
export type FollowSubject =
  | { readonly family: Family; readonly seed: number }
  | { readonly video: VideoName };

/** What is measured in one scene: all schedules, with boxes that are moved and without. */
export interface FollowPlan {
  readonly subject: FollowSubject;
  readonly fps: number;
  readonly mode: OverlayMode;
  readonly model: NonNullable<SceneSetup["model"]>;
  /** `null`: as soon and as often as the machine can. */
  readonly schedules: readonly (Schedule | null)[];
  readonly predict: readonly boolean[];
  /** Another process takes a core meanwhile. */
  readonly isBusy: boolean;
  readonly seconds: number;
}

/** One line of the table. */
export type FollowRow = Awaited<ReturnType<typeof measureRow>>;

/** Until the schedule has taken hold, besides how late results are. */
const SETTLE_MS = 2_000;

/** The screen is not watched while CPU is measured: that takes some itself. */
const CPU_MS = 3_000;

/** Measures one row after the other. */
export async function measureFollowing(plan: FollowPlan): Promise<FollowRow[]> {
  await using stack = new AsyncDisposableStack();
  const { camera, truth } = await subjectOf(plan, stack);
  const { mode, model } = plan;
  const workerScript = heldResultsScript();
  const scene = stack.use(await openScreenScene({ mode, model, workerScript }, camera));
  const rows: FollowRow[] = [];
  for (const predict of plan.predict) {
    for (const schedule of plan.schedules) {
      rows.push(await measureRow(scene, { plan, truth, predict, schedule }));
      note(describeRow(rows.at(-1)!));
    }
  }
  return rows;
}

async function measureRow(
  scene: ScreenScene,
  { plan, truth, predict, schedule }: {
    readonly plan: FollowPlan;
    readonly truth: FollowTruth;
    readonly predict: boolean;
    readonly schedule: Schedule | null;
  },
) {
  const { page } = scene.viewer;
  await scene.show({ display: "live", predict });
  const asked = schedule ?? { everyMs: 0, lateMs: 0 };
  await setSchedule(page, asked);
  await using _busy = plan.isBusy ? busyCore() : null;
  await pause(SETTLE_MS + asked.lateMs);
  const cpu = await cpuOf(scene.viewerPids);
  const sightings = await scene.watch(plan.seconds * 1000);
  const results = await heldResults(page);
  const found = followFigures({ sightings, results }, truth);
  const { subject } = plan;
  return {
    ...("video" in subject ? { family: "video", video: subject.video } : subject),
    mode: plan.mode,
    model: plan.model.id,
    "camera_fps": truth.fps,
    "every_ms": schedule?.everyMs ?? null,
    "late_ms": schedule?.lateMs ?? null,
    predict,
    "busy_core": plan.isBusy,
    frames: found.frames,
    unread: found.unread,
    ...described(found.all),
    moving: described(found.moving),
    results: {
      count: found.results.count,
      "every_ms": roundOrNull(found.results.everyMs, 0),
      "late_ms": roundOrNull(found.results.lateMs, 0),
    },
    ids: found.ids && {
      ...found.ids,
      "kept_percent": found.ids.count === 0
        ? null
        : round((1 - found.ids.changes / found.ids.count) * 100, 1),
    },
    "viewer_cpu_percent": roundOrNull(cpu, 0),
  };
}

function described({ count, coverage, errorPx }: Follow) {
  return {
    objects: count,
    "coverage_percent": coverage === null ? null : round(coverage * 100, 1),
    "error_px": { median: roundOrNull(errorPx.median, 1), p95: roundOrNull(errorPx.p95, 1) },
  };
}

async function cpuOf(pids: readonly number[]): Promise<number | null> {
  const before = await readProcesses();
  await pause(CPU_MS);
  const after = await readProcesses();
  return before && after && cpuPercent(before, after, pids);
}

async function subjectOf(
  { subject, fps, model }: FollowPlan,
  stack: AsyncDisposableStack,
): Promise<{ camera: { clip: string }; truth: FollowTruth }> {
  if ("video" in subject) {
    const video: RealVideo = stack.use(await realVideo(subject.video, fps));
    return { camera: { clip: video.path }, truth: video.truth };
  }
  const film = makeFilm({ ...subject, fps });
  const whole = await pictureOf(film, { xmin: 0, ymin: 0, xmax: 1, ymax: 1 });
  const picture = await pictureOf(film, await ownBox(whole, model));
  const file = stack.use(await filmFile(picture));
  const { count, truth: objects } = picture;
  return {
    camera: { clip: file.path },
    truth: { ...FILM_PX, count, fps, isClosed: true, objects },
  };
}

const HEAD = [
  "film",
  "seed",
  "mode",
  "model",
  "fps",
  "every/late",
  "predict",
  "busy",
  "objects",
  "boxed %",
]
  .concat(["median px", "p95 px", "ids %", "CPU %"]);

/** The rows as lines of a table. */
export function followTable(rows: readonly FollowRow[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) =>
    line.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))
      .join("  ")
  ).join("\n");
}

function cellsOf(row: FollowRow): string[] {
  const { error_px: { median, p95 } } = row;
  return [
    "video" in row ? row.video : row.family,
    "seed" in row ? row.seed : "",
    row.mode,
    row.model,
    row.camera_fps,
    row.every_ms === null ? "own" : `${row.every_ms}/${row.late_ms}`,
    row.predict ? "on" : "off",
    row.busy_core ? "yes" : "no",
    ...[row.objects, row.coverage_percent, median, p95, row.ids?.kept_percent],
    row.viewer_cpu_percent,
  ].map((cell) => String(cell ?? "–"));
}

function describeRow(row: FollowRow): string {
  return cellsOf(row).join(" ");
}
