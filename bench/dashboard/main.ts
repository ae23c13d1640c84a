/** What the dashboard costs the viewer's browser: CPU with the charts shut and open, and memory. */
import { clipFile, personClip } from "../fixtures.ts";
import { note, say } from "../load/screen.ts";
import { writeWhole } from "../load/report.ts";
import { machineFacts } from "../machine.ts";
import { ROOT, startServer } from "../server.ts";
import { type ChartsCost, measureCost } from "./measure.ts";
import { measureMemory, type PageMemory } from "./history_memory.ts";
import { verdictOf } from "./round_cost.ts";

const RESULT = `${ROOT}/bench/results/dashboard.json`;

/** What is promised: of all that the viewer's browser takes. */
const TARGET_PERCENT = 2;

/** What the history keeps: half an hour of seconds. */
const KEPT_ROWS = 1800;

/** Rows to begin with: of a page that was just opened, and of one that has been open for long. */
const COST_ROWS = [60, KEPT_ROWS];

/** Nothing, all that is kept, and as much again, of which nothing may be left. */
const MEMORY_ROWS = [0, KEPT_ROWS, 2 * KEPT_ROWS];

const WINDOW_S = 12;
const DEFAULT_ROUNDS = 7;
const MIN_ROUNDS = 2;

/** High enough for all charts to be in sight: those that are not are not drawn. */
const VIEWPORT = { width: 1280, height: 1800 };

const HELP = `Measures what the dashboard costs and writes bench/results/dashboard.json.

  deno task bench dashboard [--rounds=${DEFAULT_ROUNDS}]

  --rounds=N    for each length of history; each: ${WINDOW_S} s shut, ${WINDOW_S} s open

CPU is measured with a history of ${COST_ROWS.join(" and ")} seconds, which the page is
given at its start, memory with one of ${MEMORY_ROWS.join(", ")}. Detection runs in the viewer's
browser. Linux. Other work on the machine makes
the rounds differ: each figure says how far it may be off for that.
`;

/** Measures, prints, writes. @returns 0; 1 when the target is not shown; 2 for arguments. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(Deno.stdout, HELP, 0);
  let rounds = DEFAULT_ROUNDS;
  for (const arg of args) {
    const [, value] = /^--rounds=(\d{1,2})$/.exec(arg) ?? [];
    if (Number(value) >= MIN_ROUNDS) rounds = Number(value);
    else return say(Deno.stderr, `Cannot understand ${arg}\n\n${HELP}`, 2);
  }

  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const server = stack.use(await startServer({ env: { PEERLENS_MODELS: "" } }));
  const memory: PageMemory[] = [];
  for (const rows of MEMORY_ROWS) {
    note(`memory with ${rows} rows of history`);
    memory.push(await measureMemory(server.httpUrl, { rows, viewport: VIEWPORT }));
  }
  const costs: ChartsCost[] = [];
  for (const rows of COST_ROWS) {
    const plan = { rows, rounds, windowMs: WINDOW_S * 1000, viewport: VIEWPORT };
    costs.push(await measureCost(server.httpUrl, clip.path, plan));
  }
  note("");
  const report = {
    schema: 2,
    command: "deno task bench dashboard",
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    "window_s": WINDOW_S,
    rounds,
    "target_percent": TARGET_PERCENT,
    cpu: costs.map((cost) => ({
      "history_rows": cost.rows,
      "viewer_cpu_percent": cost.viewerPercent,
      "charts_cpu_points": cost.chartsPoints,
      "charts_cpu_points_error": cost.errorPoints,
      "charts_percent_of_viewer": cost.chartsPercent,
      "charts_percent_of_viewer_error": cost.errorPercent,
      verdict: verdictOf(cost, TARGET_PERCENT),
      samples: cost.samples,
    })),
    memory: memory.map(({ rows, heapMb, arraysMb }) => ({
      "given_rows": rows,
      "js_heap_mb": heapMb,
      "typed_arrays_mb": arraysMb,
    })),
  };
  await writeWhole(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  const isMet = costs.every((cost) => verdictOf(cost, TARGET_PERCENT) === "met");
  return say(
    Deno.stdout,
    `${[...costs.map(costWords), ...memory.map(memoryWords)].join("\n")}\n`,
    isMet ? 0 : 1,
  );
}

function costWords(cost: ChartsCost): string {
  const { rows, chartsPoints, errorPoints, chartsPercent, errorPercent, viewerPercent } = cost;
  const plusMinus = (value: number, error: number) => `${value.toFixed(2)} ± ${error.toFixed(2)} %`;
  return `${rows} rows: charts ${plusMinus(chartsPoints, errorPoints)} of a core, ` +
    `${plusMinus(chartsPercent, errorPercent)} of the viewer's ${viewerPercent.toFixed(0)} %; ` +
    `under ${TARGET_PERCENT} %: ${verdictOf(cost, TARGET_PERCENT)}`;
}

function memoryWords({ rows, heapMb, arraysMb }: PageMemory): string {
  return `${rows} rows given: heap ${heapMb.toFixed(2)} MB, typed arrays ${arraysMb ?? "–"} MB`;
}
