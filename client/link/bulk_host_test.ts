import assert from "node:assert/strict";
import type { Instance } from "@/protocol";
import type { PageEvents } from "../base/page_events.ts";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FakeWorker } from "../inference/testing/fake_worker.ts";
import { BulkHost } from "./bulk_host.ts";
import type { FromBulk, ToBulk } from "./bulk_messages.ts";
import { NO_HISTORY } from "./transport_choice.ts";

const TICKET = "T".repeat(22) as Instance;

/** Its ports are real: those that it was given are closed with it. */
class BulkWorker extends FakeWorker<ToBulk, FromBulk> implements Disposable {
  [Symbol.dispose](): void {
    for (const { port } of this.of("open")) port.close();
  }
}

function setup() {
  const timers = new FakeTimers();
  const workers: BulkWorker[] = [];
  const told: (boolean | "ticket")[] = [];
  const watching = new Set<PageEvents>();
  const host = new BulkHost({
    origin: "https://example.test",
    startWorker: () => workers[workers.push(new BulkWorker()) - 1]!,
    transports: { history: NO_HISTORY },
    timers,
    watchPage(events) {
      watching.add(events);
      return () => watching.delete(events);
    },
    log: () => {},
    askForTicket: () => told.push("ticket"),
    onUse: (isUsed) => told.push(isUsed),
  });
  const opened = (worker: BulkWorker) => worker.of("open").map(({ id, topic }) => [id, topic]);
  return { timers, workers, told, watching, host, opened };
}

Deno.test("BulkHost starts its Worker with the first topic and ends it behind the last", () => {
  const { host, workers, told, opened, watching } = setup();
  const one = host.open(7);
  assert.deepEqual([workers.length, workers[0]!.sent, told], [1, [], [true]]);
  workers[0]!.say({ kind: "ready" });
  using worker = workers[0]!;
  assert.deepEqual(worker.sent.map(({ kind }) => kind), ["start", "open"]);
  const again = host.open(7);
  assert.deepEqual(opened(worker), [[1, 7], [2, 7]]);
  one.close();
  one.close();
  assert.deepEqual(worker.of("close").map(({ id }) => id), [1]);
  again.close();
  assert.deepEqual([worker.of("end").length, told, watching.size], [1, [true, false], 0]);
  const { sent } = worker;
  const before = sent.length;
  host.ticket(TICKET);
  worker.say({ kind: "ticket-wanted" });
  host.close();
  assert.deepEqual([sent.length, told.length], [before, 2], "it is told, and heard, no more");
  host.open(8).close();
  assert.deepEqual([workers.length, workers[1]!.isTerminated], [2, true]);
});

Deno.test("BulkHost passes on what the Worker cannot know: tickets, the page's events, transports", () => {
  const { host, workers, told, watching } = setup();
  const { close } = host.open(7);
  using worker = workers[0]!;
  worker.say({ kind: "ready" });
  worker.say({ kind: "ticket-wanted" });
  assert.deepEqual(told, [true, "ticket"]);
  const attempt = { kind: "websocket", ok: false, nowMs: 5 } as const;
  host.ticket(TICKET);
  host.wake(true);
  host.note(attempt);
  watching.forEach((events) => events.onNetworkChange());
  assert.deepEqual(worker.sent.slice(2), [
    { kind: "ticket", ticket: TICKET },
    { kind: "wake", wasSilent: true },
    { kind: "attempt", attempt },
    { kind: "page", event: "network-change" },
  ]);
  close();
});

Deno.test("BulkHost tries again where its Worker does not start, and loses no topic", async () => {
  const { host, workers, timers, opened } = setup();
  host.open(1).close();
  const [one, two] = [host.open(7), host.open(8)];
  workers[1]!.die();
  assert.equal(workers[1]!.isTerminated, true);
  await timers.advance(2_000);
  one.close();
  assert.equal(workers.length, 3);
  using worker = workers[2]!;
  worker.say({ kind: "ready" });
  assert.deepEqual(opened(worker), [[3, 8]]);
  // Once it runs, one event that went wrong is not the end of the others.
  worker.die();
  assert.equal(worker.isTerminated, false);
  two.close();
  assert.equal(timers.pending, 0);
});

Deno.test("BulkHost: whoever has the port speaks with the Worker", async () => {
  const { host, workers } = setup();
  const { port, close } = host.open(7);
  using worker = workers[0]!;
  worker.say({ kind: "ready" });
  const heard = new Promise((resolve) => {
    worker.of("open")[0]!.port.onmessage = ({ data }) => resolve(data);
  });
  port.postMessage("x");
  assert.equal(await heard, "x");
  close();
});
