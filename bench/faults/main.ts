/** What faults and attacks do to the app: each case is tried for real, and what it came to is kept. */
import { splitFlags } from "../flags.ts";
import { note, say as sayTo } from "../load/screen.ts";
import { screenProgress } from "../metrics/progress.ts";
import { changedAddress } from "./certificate.ts";
import { idleRooms, quickJoins } from "./crowds.ts";
import { type FaultCase, type FaultResult, seeded } from "./fault_case.ts";
import { hostileMessages } from "./hostile_messages.ts";
import { hostileRequests } from "./hostile_requests.ts";
import { LINK_CASES } from "./links.ts";
import { pingFlood } from "./ping_flood.ts";
import { PROCESS_CASES } from "./processes.ts";
import { replays } from "./replays.ts";
import { ResultFile } from "./results.ts";
import { slowClients } from "./slow_clients.ts";
import { faultTable, isAsPromised } from "./table.ts";
import { websocketRules } from "./websocket_rules.ts";

const RESULT = new URL("../results/faults.json", import.meta.url);

/** In the order in which they are tried. */
const CASES: readonly FaultCase[] = [
  ...PROCESS_CASES,
  ...LINK_CASES,
  idleRooms,
  quickJoins,
  slowClients,
  hostileMessages,
  replays,
  websocketRules,
  pingFlood,
  hostileRequests,
  changedAddress,
];

const HELP = `Tries faults and attacks and writes bench/results/faults.json.

  deno task bench faults [--only NAME,NAME] [--fresh] [--list]

  --only NAME,NAME  these cases only, again if they have been tried
  --fresh           all cases again; without it, those that are in the file are left out, so that a
                    run that was broken off goes on where it ended
  --list            names of the cases, and what they need

Cases with browsers need PEERLENS_ASSETS; those that block or delay a network also need root on
Linux. Every case has a time limit. Status 1: something was not as it must be.
`;

/** See {@linkcode HELP}. @returns 0; 1 when something was otherwise; 2 for arguments. */
export async function run(args: readonly string[]): Promise<number> {
  const wish = parse(splitFlags(args));
  if (typeof wish === "string") return say(`${wish}\n\n${HELP}`, 2);
  if (wish.kind === "help") return say(HELP, 0);
  if (wish.kind === "list") {
    const lines = CASES.map(({ name, title, needs }) =>
      `${name.padEnd(18)} ${title}${needs === null ? "" : ` (${needs})`}\n`
    );
    return say(lines.join(""), 0);
  }
  const file = new ResultFile(RESULT);
  await file.load();
  const { only, isFresh } = wish;
  const isDue = ({ name }: FaultCase) =>
    only === null ? isFresh || !file.has(name) : only.includes(name);
  const due = CASES.filter(isDue);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  try {
    for (const [index, fault] of due.entries()) {
      const prefix = `${index + 1} of ${due.length}: ${fault.title}: `;
      const startedMs = performance.now();
      const result = await tryCase(fault, prefix, stop.signal);
      await file.add(fault, result, (performance.now() - startedMs) / 1000, CASES);
      note(
        `${prefix}${
          result.violations.length === 0 ? "as it must be" : result.violations.join("; ")
        }`,
      );
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return say("\nBroken off. The same command goes on from here.\n", 130);
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
  }
  say(`\n${faultTable(file.cases)}`, 0);
  return Object.values(file.cases).every(isAsPromised) ? 0 : 1;
}

async function tryCase(
  fault: FaultCase,
  prefix: string,
  stopped: AbortSignal,
): Promise<FaultResult> {
  const limit = AbortSignal.timeout(fault.limitS * 1000);
  const progress = screenProgress(prefix, AbortSignal.any([stopped, limit]));
  try {
    await using stack = new AsyncDisposableStack();
    // The same choices each time: what was found once is found again.
    return await fault.run({ stack, progress, random: seeded(20_26) });
  } catch (error) {
    stopped.throwIfAborted();
    const why = limit.aborted ? `not over after ${fault.limitS} s` : String(error);
    return { tried: 0, what: "", answers: {}, lost: "unknown", recoveryMs: [], violations: [why] };
  }
}

type Wish =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | { readonly kind: "run"; readonly only: readonly string[] | null; readonly isFresh: boolean };

/** @returns A sentence where the arguments cannot be used. */
function parse(args: readonly string[]): Wish | string {
  let only: string[] | null = null;
  let isFresh = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--help") return { kind: "help" };
    if (arg === "--list") return { kind: "list" };
    if (arg === "--fresh") isFresh = true;
    else if (arg === "--only") {
      only = (args[++i] ?? "").split(",");
      const unknown = only.find((name) => !CASES.some((fault) => fault.name === name));
      if (unknown !== undefined) return `There is no case ${unknown}: see --list`;
    } else return `Cannot understand ${arg}`;
  }
  return { kind: "run", only, isFresh };
}

function say(text: string, code: number): number {
  return sayTo(code === 2 ? Deno.stderr : Deno.stdout, text, code);
}
