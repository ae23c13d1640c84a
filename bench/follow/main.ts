import { median, quantile } from "../../client/base/quantiles.ts";
import { initVision } from "../../crates/vision/mod.ts";
import { runCommand, wholeNumber } from "../command.ts";
import { round, writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { type SceneKind, SCENES } from "./scenes.ts";
import { type Method, METHODS, runScene, type Schedule, SCHEDULES, Score } from "./study.ts";

/**
 * How far off boxes are that come late, by the way they are brought to the newest frame: without a
 * browser, on scenes drawn from seeds.
 *
 * @module
 */

const HELP =
  `Measures how far off late boxes are in the live view: left where they were found (held), moved by the motion
model (model), and followed in the pictures since (followed). Scenes are drawn from seeds; no browser is needed.
Writes bench/results/follow.json.

  deno task bench follow [--scenes 6] [--seed 5000]

Constants were chosen with seeds from 1000 on. Coverage: objects and frames with a box of IoU 0.5 or more. Errors: of the
box's centre, px at 640x480, of what has a box. Ghosts: boxes that are on nothing.
`;

const DEFAULTS = { scenes: 6, seed: 5_000 };
/** Between the seeds of two scenes of a kind. */
const SEED_STEP = 7919;

/** What one method came to. */
interface Figures {
  readonly "coverage_percent": number;
  readonly "median_px": number | null;
  readonly "p95_px": number | null;
  readonly "ghost_percent": number;
}

type Row = Readonly<Record<Method, Figures>>;

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  const flags = { scenes: wholeNumber(1, 999), seed: wholeNumber(0, 1e9) };
  return runCommand(args, { help: HELP, flags }, (given) => study({ ...DEFAULTS, ...given }));
}

async function study(config: typeof DEFAULTS) {
  await initVision();
  const schedules = SCHEDULES.map((schedule) => {
    const all = scores();
    const rows: Partial<Record<SceneKind | "all", Row>> = {};
    for (const kind of SCENES) {
      note(`${kind}, a result every ${schedule.everyMs} ms`);
      const ofKind = scores();
      for (let index = 0; index < config.scenes; index++) {
        const got = runScene(kind, config.seed + index * SEED_STEP, schedule);
        for (const method of METHODS) ofKind[method].add(got[method]);
      }
      for (const method of METHODS) all[method].add(ofKind[method]);
      rows[kind] = rowOf(ofKind);
    }
    rows.all = rowOf(all);
    return { schedule, rows };
  });
  note("");
  const written = await writeFigures("follow", {
    config,
    schedules: schedules.map(({ schedule, rows }) => ({
      "every_ms": schedule.everyMs,
      "late_ms": schedule.lateMs,
      scenes: rows,
    })),
  });
  const text = schedules.map(({ schedule, rows }) => table(schedule, rows)).join("\n");
  return `${text}${written}`;
}

function scores(): Record<Method, Score> {
  return { held: new Score(), model: new Score(), followed: new Score() };
}

function rowOf(of: Readonly<Record<Method, Score>>): Row {
  return { held: figuresOf(of.held), model: figuresOf(of.model), followed: figuresOf(of.followed) };
}

function figuresOf({ errorsPx, covered, seen, ghosts, boxes }: Score): Figures {
  const px = (value: number | null) => value === null ? null : round(value, 1);
  return {
    "coverage_percent": round(100 * covered / seen, 1),
    "median_px": px(median(errorsPx)),
    "p95_px": px(quantile(errorsPx, 0.95)),
    "ghost_percent": round(100 * ghosts / Math.max(1, boxes), 1),
  };
}

function table({ everyMs, lateMs }: Schedule, rows: Partial<Record<string, Row>>): string {
  const cell = ({ coverage_percent, median_px, p95_px, ghost_percent }: Figures) => {
    const texts = [`${coverage_percent} %`, `${median_px}/${p95_px}`, `${ghost_percent} %`];
    return texts.map((text, index) => text.padStart([8, 13, 7][index]!)).join("");
  };
  const line = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(14)}${cells.map((text) => text.padStart(28)).join("  ")}\n`;
  return [
    `A result every ${everyMs} ms, ${lateMs} ms late: coverage, median/p95 px, ghosts\n`,
    line("", [...METHODS]),
    ...Object.entries(rows).map(([kind, row]) =>
      line(kind, METHODS.map((name) => cell(row![name])))
    ),
  ].join("");
}
