import assert from "node:assert/strict";
import type { FromServerMessage, Instance, Join } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FakeWorker } from "../inference/testing/fake_worker.ts";
import type { FromBulk, ToBulk } from "./bulk_messages.ts";
import { PageLink } from "./page_link.ts";
import { type FakeTransport, JOINED, linkParts } from "./testing/fake_transport.ts";

const TICKET: FromServerMessage = { type: "ticket", ticket: "T".repeat(22) as Instance };

function setup() {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  const messages: string[] = [];
  const worker = new FakeWorker<ToBulk, FromBulk>();
  const page = new PageLink({
    ...linkParts(transports, timers),
    startWorker: () => worker,
    join: { type: "join", version: 1 } as Join,
    onState: () => {},
    onMessage: ({ type }) => messages.push(type),
  });
  /** What the bulk link's Worker was told, behind its start. */
  const told = () => worker.sent.filter(({ kind }) => kind !== "start" && kind !== "open");
  const open = () => {
    const topic = page.openTopic(1);
    worker.say({ kind: "ready" });
    worker.say({ kind: "ticket-wanted" });
    return topic;
  };
  const closePorts = () => worker.of("open").forEach(({ port }) => port.close());
  return { timers, transports, messages, page, worker, told, open, closePorts };
}

Deno.test("PageLink gets its bulk link a ticket over its control link, when something needs it", () => {
  const { transports, messages, open, told, closePorts } = setup();
  const [control] = transports;
  control!.hear(JOINED);
  open();
  assert.deepEqual(control!.sent, [{ type: "ticket-request" }]);
  control!.hear(TICKET);
  assert.deepEqual(told(), [{ kind: "ticket", ticket: "T".repeat(22) }]);
  // Tickets are its own business.
  assert.deepEqual(messages, ["joined"]);
  closePorts();
});

Deno.test("PageLink: a lost control link is no loss of the bulk link, which hears when it is back", async () => {
  const { transports, open, told, timers, closePorts } = setup();
  transports[0]!.hear(JOINED);
  open();
  transports[0]!.events.onClose();
  await timers.advance(500);
  transports.at(-1)!.hear(JOINED);
  assert.deepEqual(told(), [
    { kind: "attempt", attempt: { kind: "websocket", ok: true, nowMs: timers.nowMs() } },
    { kind: "wake", wasSilent: false },
  ]);
  closePorts();
});

Deno.test("PageLink has its bulk link opened anew when the control link had fallen silent", async () => {
  const { transports, open, told, timers, page, closePorts } = setup();
  transports[0]!.hear(JOINED);
  open();
  // While something is open it is watched closely, without anybody's asking.
  page.watchClosely(false);
  await timers.advance(3_000);
  assert.equal(transports.length, 2);
  transports[1]!.hear(JOINED);
  assert.deepEqual(told().at(-1), { kind: "wake", wasSilent: true });
  closePorts();
});

Deno.test("PageLink ends the bulk link when the page is shut out, and with itself", () => {
  for (const how of ["refused", "closed"] as const) {
    const { transports, open, told, page, timers, closePorts } = setup();
    const [control] = transports;
    control!.hear(JOINED);
    open();
    if (how === "closed") page.close({ leave: true });
    else control!.hear({ type: "error", code: "replaced", message: "", fatal: true });
    assert.deepEqual(told().at(-1), { kind: "end" }, how);
    assert.equal(timers.pending, 0);
    closePorts();
  }
});
