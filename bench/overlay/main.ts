import { runCommand, text, wholeNumber } from "../command.ts";
import { whyNoLoss } from "../network/phone_network.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { FOLLOW_FLAGS, FOLLOW_HELP, runFollow } from "./follow_command.ts";
import {
  CLEAR_WAY,
  measureLatency,
  measurePairing,
  measureViews,
  type OverlayMode,
  type ViewPlan,
  type Way,
} from "./measure.ts";

/**
 * Reads boxes and latencies from what is seen on the viewer's screen, over all modes, camera rates
 * and packet losses.
 *
 * @module
 */

const DEFAULT_SECONDS = 12;
const PAIRING_SECONDS = 60;
const MODES: readonly OverlayMode[] = ["wasm", "server"];
const RATES = [10, 20, 30];
const LOSSY_WAY: Way = { ...CLEAR_WAY, loss: 0.02 };

/** A phone on a bad Wi-Fi. Each way of a packet: 30 to 50 ms. */
const SLOW_WAY: Way = { loss: 0.02, delayMs: 40, jitterMs: 10 };

/** The camera rate at which the slow network is tried. */
const SLOW_FPS = 20;

const HELP = `Measures where boxes are on the viewer's screen, and how late, from its pixels.

  deno task bench overlay [--seconds ${DEFAULT_SECONDS}] [--output FILE]
  deno task bench overlay --family NAMES|all [--video NAMES|all] [further flags]

  --seconds N     how long each view is watched, 5 to 60
  --output FILE   where the figures go; otherwise bench/results/overlay.json

Needs libfaketime for a phone whose whole clock is wrong; for packet loss Linux and root. Takes about twenty minutes.
${FOLLOW_HELP}`;

const FLAGS = { seconds: wholeNumber(5, 60), output: text, ...FOLLOW_FLAGS };

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async ({ seconds, output, ...follow }) => {
    if (Object.keys(follow).length > 0) {
      return await runFollow({ ...follow, seconds: seconds ?? DEFAULT_SECONDS, output });
    }
    const figures = await measureAll(seconds ?? DEFAULT_SECONDS);
    const { synced, live, latency, pairing } = figures;
    const rows = [...synced, ...live, ...latency, ...pairing];
    const written = await writeFigures("overlay", figures, output);
    return `${rows.map((row) => JSON.stringify(row)).join("\n")}\n${written}`;
  });
}

async function measureAll(seconds: number) {
  const refused = await whyNoLoss(note);
  const ownNetwork = refused === null;
  const synced = [];
  const live = [];
  for (const mode of MODES) {
    for (const fps of RATES) {
      note(`${mode}, ${fps} fps`);
      const lossy = ownNetwork ? [LOSSY_WAY] : [];
      const slow = ownNetwork && fps === SLOW_FPS ? [SLOW_WAY] : [];
      const ways = [CLEAR_WAY, ...lossy, ...slow];
      const plan: ViewPlan = { mode, fps, seconds, ways, ownNetwork };
      const found = await measureViews(plan);
      synced.push(...found.synced);
      live.push(found.live);
    }
  }
  const latency = [];
  const pairing = [];
  for (const mode of MODES) {
    for (const wrongClock of ["browser", "page"] as const) {
      note(`latency, ${mode}, clock of the phone's ${wrongClock}`);
      latency.push(await measureLatency(mode, { wrongClock, seconds, way: null }));
      if (!ownNetwork) continue;
      note(`latency, ${mode}, clock of the phone's ${wrongClock}, slow network`);
      latency.push(await measureLatency(mode, { wrongClock, seconds, way: SLOW_WAY }));
    }
    note(`pairing, ${mode}`);
    pairing.push(await measurePairing(mode, PAIRING_SECONDS));
  }
  return { synced, live, latency, pairing, refused: refused === null ? [] : [refused] };
}
