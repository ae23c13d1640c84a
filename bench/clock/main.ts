/**
 * How far each rung of the ladder of capture times is beside the time at which a frame was drawn:
 * two Chromiums, the app's own links between them, a clock in the picture.
 *
 * @module
 */
import type { Page } from "playwright-core";
import { type BrowserOptions, openBrowser } from "../browser.ts";
import { machineFacts } from "../machine.ts";
import type { ClockSample, Readings } from "./readings.ts";
import { clockErrors, type RungError, rungErrors } from "./readings.ts";
import { servePages } from "./pages.ts";
import { aheadAt, type Shift } from "./shifted_clock.ts";
import { type Spread, spread } from "./spread.ts";

const HELP = `Measures capture times against a clock that is drawn into the picture.

  deno task bench clock [--seconds=N]

Writes bench/results/clock.json. Takes two minutes with 20 seconds (default) for each of its five
cases. Two of them shift the clock of a whole Chromium with libfaketime (Debian: apt install
faketime); PEERLENS_FAKETIME names its libfaketimeMT.so.1 when it is elsewhere.
`;

const RESULT = new URL("../results/clock.json", import.meta.url);
const FAKETIME = Deno.env.get("PEERLENS_FAKETIME") ??
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/** The phone's clock, where it is not the viewer's. */
const AHEAD_MS = 1_700;
const DRIFT_PPM = 50;

/** One pair of browsers. */
interface Case {
  readonly name: string;
  readonly rung: RungError["rung"];
  /** How the phone's clock is made to differ. */
  readonly clock: "same" | "page" | "browser";
}

const CASES: readonly Case[] = [
  { name: "captureTime", rung: "captureTime", clock: "same" },
  { name: "captureTime, phone +1.7 s and 50 ppm", rung: "captureTime", clock: "browser" },
  { name: "phone", rung: "phone", clock: "same" },
  { name: "phone, page +1.7 s and 50 ppm", rung: "phone", clock: "page" },
  { name: "phone, phone +1.7 s and 50 ppm", rung: "phone", clock: "browser" },
];

interface CaseResult {
  readonly name: string;
  readonly rung: RungError["rung"];
  readonly "first_ms": number | null;
  readonly "error_ms": Spread;
  readonly "bound_ms": Spread;
  /** Share of frames that were no farther beside than was said. */
  readonly "within_bound": number;
  readonly "receive_time_error_ms": Spread;
  readonly "clock_error_ms": Spread;
  readonly "clock_bound_ms": Spread;
  readonly "clock_within_bound": number;
  readonly "reference_error_ms": number;
}

/** Runs this bench. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(HELP, 0);
  let seconds = 20;
  for (const arg of args) {
    seconds = Number(/^--seconds=(\d{1,3})$/.exec(arg)?.[1]);
    if (!(seconds >= 10)) return say(`Cannot understand ${arg}\n\n${HELP}`, 2);
  }
  if (!await Deno.stat(FAKETIME).then(() => true, () => false)) {
    return say(`Cannot shift a browser's clock: no libfaketime at ${FAKETIME}\n\n${HELP}`, 2);
  }
  const cases: CaseResult[] = [];
  for (const one of CASES) {
    const result = await measure(one, seconds);
    cases.push(result);
    const { error_ms: error, within_bound: within } = result;
    say(`${one.name}: ${JSON.stringify(error)} ms, ${within} within its bound\n`, 0);
  }
  const report = { schema: 1, "measured_at": new Date().toISOString(), machine: machineFacts() };
  await Deno.writeTextFile(RESULT, `${JSON.stringify({ ...report, seconds, cases }, null, 2)}\n`);
  return 0;
}

async function measure({ name, rung, clock }: Case, seconds: number): Promise<CaseResult> {
  const shift = clock === "page"
    ? { aheadMs: AHEAD_MS, driftPpm: DRIFT_PPM, fromMs: Date.now() }
    : null;
  const readings = await record({ shift, hasFaketime: clock === "browser", rung, seconds });
  const errors = rungErrors(readings);
  const ofRung = errors.filter((error) => error.rung === rung);
  if (ofRung.length === 0) {
    throw new Error(`Cannot measure ${name}: no frame was timed so; ${readings.log.join("; ")}`);
  }
  const clocks = clockErrors(readings, (rawMs) => shift === null ? 0 : aheadAt(shift, rawMs));
  return {
    name,
    rung,
    "first_ms": firstMs(readings.samples, rung),
    "error_ms": spread(ofRung.map(({ errorMs }) => errorMs)),
    "bound_ms": spread(ofRung.flatMap(({ boundMs }) => boundMs ?? [])),
    "within_bound": share(
      ofRung.map(({ errorMs, boundMs }) => Math.abs(errorMs) <= (boundMs ?? Infinity)),
    ),
    "receive_time_error_ms": spread(
      errors.filter((error) => error.rung === "receiveTime").map(({ errorMs }) => errorMs),
    ),
    "clock_error_ms": spread(clocks.map(({ errorMs }) => errorMs)),
    "clock_bound_ms": spread(clocks.map(({ boundMs }) => boundMs)),
    // The reference is not exact itself.
    "clock_within_bound": share(
      clocks.map(({ errorMs, boundMs, referenceErrorMs }) =>
        Math.abs(errorMs) <= boundMs + referenceErrorMs
      ),
    ),
    "reference_error_ms": spread(clocks.map(({ referenceErrorMs }) => referenceErrorMs)).max,
  };
}

/** Connects two browsers for so many seconds and answers what the viewer saw. */
async function record(
  { shift, hasFaketime, rung, seconds }: {
    readonly shift: Shift | null;
    readonly hasFaketime: boolean;
    readonly rung: RungError["rung"];
    readonly seconds: number;
  },
): Promise<Readings> {
  await using pages = await servePages(shift);
  const env = { LD_PRELOAD: FAKETIME, FAKETIME: `+${AHEAD_MS / 1000}s x${1 + DRIFT_PPM / 1e6}` };
  const options: BrowserOptions = hasFaketime ? { role: "viewer", env } : { role: "viewer" };
  await using phone = await openBrowser(options);
  await using viewer = await openBrowser({ role: "viewer" });
  await joinPages(phone.page, viewer.page);
  await phone.page.goto(`${pages.origin}/phone`);
  await viewer.page.goto(`${pages.origin}/viewer`);
  await viewer.page.evaluate((hides) => {
    (globalThis as unknown as PageScope).bench.startViewer(hides);
  }, rung === "phone");
  await phone.page.evaluate(() => (globalThis as unknown as PageScope).bench.startPhone());
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const log = await phone.page.evaluate(() =>
    (globalThis as unknown as PageScope).bench.readings().log
  );
  const readings = await viewer.page.evaluate(() =>
    (globalThis as unknown as PageScope).bench.readings()
  );
  return { ...readings, log: [...readings.log, ...log] };
}

/** What `page.ts` offers. */
interface PageScope {
  readonly bench: {
    startPhone(): void;
    startViewer(hidesCaptureTime: boolean): void;
    receive(message: unknown): void;
    readings(): Readings;
  };
}

/** Stands in for the signalling. */
async function joinPages(a: Page, b: Page): Promise<void> {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    await from.exposeFunction("toPeer", (message: unknown) =>
      to.evaluate((message) => {
        (globalThis as unknown as PageScope).bench.receive(message);
      }, message));
  }
}

/** How long after the first frame the rung could be used. */
function firstMs(samples: readonly ClockSample[], rung: RungError["rung"]): number | null {
  const first = samples.find(({ capture }) => capture.clock === rung);
  return first === undefined ? null : Math.round(first.atMs - samples[0]!.atMs);
}

function share(facts: readonly boolean[]): number {
  return Math.round(facts.filter(Boolean).length / facts.length * 1000) / 1000;
}

function say(text: string, code: number): number {
  const stream = code === 2 ? Deno.stderr : Deno.stdout;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}
