/** What faults and attacks do to the app: each case is tried for real, and what it came to is kept. */
import { listOf, runCommand, UsageError } from "../command.ts";
import { INTERRUPTED, onInterrupt } from "../interrupt.ts";
import { screenProgress } from "../progress.ts";
import { note } from "../screen.ts";
import { changedAddress } from "./certificate.ts";
import { idleRooms, quickJoins } from "./crowds.ts";
import { type FaultCase, type FaultResult, seeded } from "./fault_case.ts";
import { GUEST_CASES } from "./guests.ts";
import { hostileMessages } from "./hostile_messages.ts";
import { hostileRequests } from "./hostile_requests.ts";
import { LINK_CASES } from "./links.ts";
import { pingFlood } from "./ping_flood.ts";
import { PROCESS_CASES } from "./processes.ts";
import { replays } from "./replays.ts";
import { faultTable, isAsPromised, ResultFile } from "./results.ts";
import { slowClients } from "./slow_clients.ts";

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
  pingFlood,
  hostileRequests,
  changedAddress,
  ...GUEST_CASES,
];

const HELP = `Tries faults and attacks and writes bench/results/faults.json.

  deno task bench faults [--only NAME,NAME] [--fresh] [--list]

  --only NAME,NAME  these cases only, again if they have been tried
  --fresh           all cases again; without it, those that are in the file are left out, so that a
                    run that was broken off goes on where it ended
  --list            names of the cases, and what they need

Cases with browsers need PEERLENS_ASSETS; those that make a network also need root on Linux.
A guest that changes models needs more than one: PEERLENS_MODELS. Every case has a time limit. Status 1: something was not as it must be.
`;

const COMMAND = { help: HELP, flags: { only: listOf(toName), fresh: null, list: null } };

/** See {@linkcode HELP}. @returns The exit code: 1 when something was otherwise, too. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, COMMAND, ({ only, fresh, list }) => {
    if (!list) return tryAll(only ?? null, fresh ?? false);
    const lines = CASES.map(({ name, title, needs }) =>
      `${name.padEnd(26)} ${title}${needs === null ? "" : ` (${needs})`}\n`
    );
    return Promise.resolve(lines.join(""));
  });
}

async function tryAll(only: readonly string[] | null, isFresh: boolean) {
  const file = new ResultFile(RESULT);
  await file.load();
  const due = CASES.filter(({ name }) =>
    only === null ? isFresh || !file.has(name) : only.includes(name)
  );
  using interrupt = onInterrupt();
  try {
    for (const [index, fault] of due.entries()) {
      const prefix = `${index + 1} of ${due.length}: ${fault.title}: `;
      const startedMs = performance.now();
      const result = await tryCase(fault, prefix, interrupt.signal);
      await file.add(fault, result, (performance.now() - startedMs) / 1000, CASES);
      const { violations } = result;
      note(`${prefix}${violations.length === 0 ? "as it must be" : violations.join("; ")}`);
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return { text: "\nBroken off. The same command goes on from here.\n", code: INTERRUPTED };
  }
  const code = Object.values(file.cases).every(isAsPromised) ? 0 : 1;
  return { text: `\n${faultTable(file.cases)}`, code };
}

function toName(name: string): string {
  if (CASES.some((fault) => fault.name === name)) return name;
  throw new UsageError(`There is no case ${name}: see --list`);
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
