/** Both modes at work for long: memory of every process, and what was processed meanwhile. */
import { listOf, number, oneOf, runCommand } from "../command.ts";
import { type Interruptible, interruptible } from "../interrupt.ts";
import { DEFAULTS, type MetricsConfig } from "../metrics/config.ts";
import { screenProgress } from "../progress.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import { exportMetrics } from "../people.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { type GuestSoak, soakWithGuest } from "./guest.ts";
import { MemoryWatch, type ProcessTrend } from "./processes.ts";

const MODES = ["wasm", "server"] as const;

const READ_EVERY_MS = 10_000;

/** Fast enough for both modes to keep up with their cameras on one machine. */
const EMBEDDED = "nanodet-m";

/** Caches, compilers and buffers fill at first. */
const WARM_UP_SHARE = 1 / 3;

const HELP = `Runs both modes for long and writes bench/results/soak.json.

  deno task bench soak [--minutes 30] [--guest]

  --minutes N   how long (default: 30)
  --guest       beside them a guest, who tries all that one can without a password or a link; calm and
                attack by turns. Writes bench/results/soak_guest.json: what the rooms kept of their
                frame rate, what they lost, what was refused. Memory is compared with that after
                everything was tried once, which takes 11 min. Linux, root; PEERLENS_MODELS.
  --modes LIST  of wasm,server

Server, phone and viewer of each mode at the same time, 15 frames a second at 320×240 (profile low),
embedded model; reads the memory of every process each ${READ_EVERY_MS / 1000} s. Linux.
`;

/** See {@linkcode HELP}. @returns The exit code: 1 when a page or process failed, too. */
export function run(args: readonly string[]): Promise<number> {
  const flags = { minutes: number(1, 24 * 60), guest: null, modes: listOf(oneOf(...MODES)) };
  return runCommand(args, { help: HELP, flags }, async ({ minutes = 30, guest, modes: some }) => {
    if (guest) return await withGuest(minutes, some ?? MODES);
    const modes = await interruptible((tools) => soak(minutes, tools));
    const written = await writeFigures("soak", {
      command: `deno task bench soak --minutes ${minutes}`,
      minutes,
      "slope_from_minute": minutes * WARM_UP_SHARE,
      modes,
    });
    const code = Object.values(modes).some(({ errors }) => errors.length > 0) ? 1 : 0;
    return { text: `${tableOf(modes)}\n${written}`, code };
  });
}

/** What the honest rooms are to keep of their frame rate. */
const LEAST_KEPT_PERCENT = 95;

async function withGuest(minutes: number, modes: readonly (typeof MODES)[number][]) {
  const config = { profile: "low", model: EMBEDDED } as const;
  const result = await interruptible((tools) => soakWithGuest(minutes, modes, { config, tools }));
  const command = `deno task bench soak --guest --minutes ${minutes}`;
  const written = await writeFigures("soak_guest", { command, minutes, ...result });
  const isKept =
    Object.values(result.rooms).every((room) =>
      (room.keptPercent ?? 0) >= LEAST_KEPT_PERCENT && room.connectionsLost === 0 &&
      room.errors.length === 0 && room.isGivenBack !== false
    ) && result.acts.every(({ violations }) => violations.length === 0);
  return { text: `${guestTable(result)}\n${written}`, code: isKept ? 0 : 1 };
}

async function soak(minutes: number, { signal, stack }: Interruptible) {
  const progress = screenProgress("", signal);
  const soaks = [];
  for (const mode of MODES) soaks.push(await startSoak(mode, stack));
  const endMs = performance.now() + minutes * 60_000;
  while (performance.now() < endMs) {
    const leftMin = Math.ceil((endMs - performance.now()) / 60_000);
    await progress.during(`${leftMin} of ${minutes} min left`, READ_EVERY_MS, READ_EVERY_MS);
    for (const { memory } of soaks) await memory.read();
  }
  return Object.fromEntries(
    await Promise.all(soaks.map(async (soak) => [soak.mode, await soak.end(minutes)] as const)),
  );
}

/** What a mode came to. */
interface SoakResult {
  readonly fps: number | null;
  readonly processed: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  readonly processes: readonly ProcessTrend[];
}

async function startSoak(mode: (typeof MODES)[number], stack: AsyncDisposableStack) {
  const config: MetricsConfig = { ...DEFAULTS, mode, profile: "low", model: EMBEDDED };
  const scene = await openMetricsScene(config, {
    stack,
    note: (text) => note(`${mode}: ${text} …`),
  });
  const memory = await MemoryWatch.start(scene.pids);
  const [{ phone, viewer }] = scene.users as [typeof scene.users[number]];
  return {
    mode,
    memory,
    async end(minutes: number): Promise<SoakResult> {
      const { frames, "processed_fps": fps } = await exportMetrics(viewer.page);
      return {
        fps,
        processed: frames.processed,
        dropped: frames.dropped,
        errors: [...phone.errors, ...viewer.errors],
        processes: await memory.trends(minutes * WARM_UP_SHARE),
      };
    },
  };
}

function guestTable({ rooms, phases, acts }: GuestSoak): string {
  const held = (of: (room: GuestSoak["rooms"][string]) => number[]) =>
    Object.values(rooms).map((room) => of(room).map((value) => value.toFixed(0)).join(" → "));
  const all = (room: GuestSoak["rooms"][string]) =>
    [room.atFirst, room.before, room.most, room.after].filter((one) => one !== null);
  const rss = held((room) => all(room).map(({ rssMb }) => rssMb));
  const threads = held((room) => all(room).map(({ threads }) => threads));
  const files = held((room) => all(room).map(({ descriptors }) => descriptors));
  const rows = Object.entries(rooms).map(([mode, room], at) =>
    `| ${mode} | ${room.calmFps?.toFixed(1)} | ${room.attackFps?.toFixed(1)} | ${
      room.keptPercent?.toFixed(1)
    } | ${room.connectionsLost} | ${rss[at]} | ${threads[at]} | ${files[at]} |`
  );
  const byAct = phases.filter(({ act }) => act !== null)
    .map(({ act, fps }) =>
      `  ${act}: ${Object.entries(fps).map((pair) => pair.join(" ")).join(", ")}`
    );
  return [
    "",
    "| mode | calm fps | attacked fps | kept % | connections lost | RSS MiB | threads | files |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
    ...byAct,
    ...acts.flatMap(({ act, violations }) => violations.map((sentence) => `${act}: ${sentence}`)),
    "",
  ].join("\n");
}

function tableOf(modes: Readonly<Record<string, SoakResult>>): string {
  const rows = Object.entries(modes).flatMap(([mode, { processes }]) =>
    processes.map(({ role, kind, firstMb, lastMb, mostMb, slopeMbPerHour }) =>
      `| ${mode} | ${role} | ${kind} | ${firstMb.toFixed(0)} | ${lastMb.toFixed(0)} | ${
        mostMb.toFixed(0)
      } | ${slopeMbPerHour === null ? "–" : slopeMbPerHour.toFixed(1)} |`
    )
  );
  const head =
    "| mode | role | process | first MB | last MB | most MB | MB an hour |\n|---|---|---|---|---|---|---|";
  return `\n${head}\n${rows.join("\n")}\n`;
}
