import assert from "node:assert/strict";
import type { FromServerMessage, Instance, Join } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { PageLink } from "./page_link.ts";
import { type FakeTransport, JOINED, linkParts, SELF } from "./testing/fake_transport.ts";

const TICKET: FromServerMessage = { type: "ticket", ticket: "T".repeat(22) as Instance };

function setup() {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  const messages: string[] = [];
  const page = new PageLink({
    ...linkParts(transports, timers),
    join: { type: "join", version: 1 } as Join,
    onState: () => {},
    onMessage: ({ type }) => messages.push(type),
  });
  const heard: unknown[] = [];
  const open = () =>
    page.openTopic(1, {
      onLinked: (isLinked) => heard.push(isLinked),
      onData: (data) => heard.push(data),
    });
  return { timers, transports, messages, page, heard, open };
}

Deno.test("PageLink opens its bulk link with a ticket of its control link, when something needs it", () => {
  const { transports, messages, open, heard } = setup();
  const [control] = transports;
  control!.hear(JOINED);
  assert.equal(transports.length, 1);
  open();
  assert.deepEqual(control!.sent, [{ type: "ticket-request" }]);
  control!.hear(TICKET);
  assert.deepEqual(transports[1]!.first, { type: "open", ticket: "T".repeat(22) });
  transports[1]!.hear({ type: "opened", self: SELF });
  assert.deepEqual(heard, [true]);
  // Tickets are its own business, and what the bulk link says of itself too.
  assert.deepEqual(messages, ["joined"]);
});

Deno.test("PageLink: a lost control link leaves the bulk link alone, and asks for what it could not", async () => {
  const { transports, open, heard, timers } = setup();
  transports[0]!.hear(JOINED);
  open();
  transports[0]!.events.onClose();
  await timers.advance(500);
  const again = transports.at(-1)!;
  again.hear(JOINED);
  assert.deepEqual(again.sent, [{ type: "ticket-request" }]);
  again.hear(TICKET);
  const bulk = transports.at(-1)!;
  bulk.hear({ type: "opened", self: SELF });
  again.events.onClose();
  assert.deepEqual([bulk.isClosed, heard], [false, [true]]);
});

Deno.test("PageLink opens its bulk link anew when the control link had fallen silent", async () => {
  const { transports, open, heard, timers, page } = setup();
  transports[0]!.hear(JOINED);
  open();
  transports[0]!.hear(TICKET);
  transports[1]!.hear({ type: "opened", self: SELF });
  // While something is open it is watched closely, without anybody's asking.
  page.watchClosely(false);
  await timers.advance(3_000);
  assert.deepEqual([transports.length, heard], [3, [true]]);
  transports[2]!.hear(JOINED);
  assert.deepEqual([transports[1]!.isClosed, heard], [true, [true, false]]);
  transports[2]!.hear(TICKET);
  transports[3]!.hear({ type: "opened", self: SELF });
  assert.deepEqual(heard, [true, false, true]);
});

Deno.test("PageLink ends the bulk link when the page is shut out, and with itself", () => {
  for (const how of ["refused", "closed"] as const) {
    const { transports, open, heard, page, timers } = setup();
    const [control] = transports;
    control!.hear(JOINED);
    const topic = open();
    control!.hear(TICKET);
    transports[1]!.hear({ type: "opened", self: SELF });
    if (how === "closed") page.close({ leave: true });
    else control!.hear({ type: "error", code: "replaced", message: "", fatal: true });
    assert.deepEqual([transports[1]!.isClosed, heard], [true, [true, false]], how);
    assert.equal(topic.send("late"), false);
    assert.equal(timers.pending, 0);
  }
});
