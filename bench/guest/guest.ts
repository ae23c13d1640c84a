/**
 * ENTRY of a guest, who acts from a network of its own; see `guest_network.ts`. Reads {@linkcode ActOrder}s
 * as lines of JSON, and writes an {@linkcode ActReport} of each.
 *
 * @module
 */
import { readLines } from "../load/child_lines.ts";
import { ACTING_ADDRESSES, GuestWon } from "./act.ts";
import { GUEST_ACTS } from "./acts.ts";
import { guestAddress, SERVER_ADDRESS } from "./guest_network.ts";
import type { ActOrder, ActReport } from "./start_guest.ts";

async function perform({ act: name, port, seconds, password }: ActOrder): Promise<ActReport> {
  const act = GUEST_ACTS.find((each) => each.name === name)!;
  const answers: Record<string, number> = {};
  const ends: (() => void | Promise<void>)[] = [];
  const endMs = performance.now() + seconds * 1000;
  const targetOf = (at: number, version: 4 | 6) => ({
    host: SERVER_ADDRESS[version],
    port,
    localAddress: guestAddress(at, version),
  });
  let tried = 0;
  let what = "";
  const violations: string[] = [];
  try {
    ({ tried, what } = await act.run({
      target: (at, version = 4) => targetOf(at % ACTING_ADDRESSES, version),
      elsewhere: targetOf(ACTING_ADDRESSES, 4),
      goesOn: () => performance.now() < endMs,
      tally: (answer, count = 1) => answers[answer] = (answers[answer] ?? 0) + count,
      defer: (end) => ends.push(end),
      password,
    }));
  } catch (error) {
    // A server that closes its door in the middle of a sentence is no victory.
    if (error instanceof GuestWon) violations.push(error.message);
    else answers[`given up: ${error instanceof Error ? error.message : error}`.slice(0, 80)] = 1;
  }
  await Promise.all(ends.map((end) => end()));
  return { act: name, tried, what, answers, violations };
}

if (import.meta.main) {
  for await (const line of readLines(Deno.stdin.readable)) {
    const report = await perform(JSON.parse(line));
    await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(report)}\n`));
  }
  Deno.exit(0);
}
