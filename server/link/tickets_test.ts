import assert from "node:assert/strict";
import type { StreamKey } from "../inference/ipc.ts";
import { TICKET_TTL_MS, Tickets } from "./tickets.ts";

const KEY = "s1" as StreamKey;

Deno.test("Tickets are good once, in time, and only the latest of a stream", () => {
  const tickets = new Tickets<StreamKey>();
  const first = tickets.issue(KEY, 0);
  const second = tickets.issue(KEY, 0);
  assert.equal(tickets.take(first, 1), null);
  assert.equal(tickets.take(second, 1), KEY);
  assert.equal(tickets.take(second, 1), null);
  assert.equal(tickets.take(tickets.issue(KEY, 0), TICKET_TTL_MS), null);
  assert.equal(tickets.take("", 1), null);
});

Deno.test("Tickets of a stream that is closed are void, and nothing of them is kept", () => {
  const tickets = new Tickets<StreamKey>();
  const ticket = tickets.issue(KEY, 0);
  tickets.revoke(KEY);
  assert.equal(tickets.take(ticket, 1), null);
  assert.equal(tickets.size, 0);
});
