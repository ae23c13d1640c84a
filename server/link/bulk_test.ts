import assert from "node:assert/strict";
import fc from "fast-check";
import type { RecordData } from "@/protocol";
import { BulkLinks, TICKET_TTL_MS, type Topic } from "./bulk.ts";
import { LATE_BACKLOG_BYTES, LINGER_MS } from "./limits.ts";
import type { RoomPage } from "./page.ts";
import { FakeBulkLink, fakePage } from "./testing/fake_bulk.ts";

function scene() {
  const clock = { nowMs: 0 };
  const bulk = new BulkLinks(() => clock.nowMs);
  /** A topic whose end writes down what happens. */
  const open = (page: RoomPage) => {
    const seen: RecordData[] = [];
    const topic: Topic = bulk.open(page, {
      receive: (data) => (seen.push(data), null),
      unlinked: () => seen.push("unlinked"),
      returned: () => seen.push("returned"),
      gone: () => seen.push("gone"),
    });
    return { topic, seen };
  };
  return { clock, bulk, open };
}

Deno.test("BulkLinks leads records to the page's own topic, and back", () => {
  const { bulk, open } = scene();
  const [anna, ben] = [fakePage("viewer"), fakePage("phone")];
  for (const page of [anna, ben]) bulk.present(page);
  const [annas, bens] = [open(anna), open(ben)];
  assert.equal(annas.topic.send("nobody"), false);
  const [annasLink, bensLink] = [new FakeBulkLink(bulk, anna), new FakeBulkLink(bulk, ben)];
  // Numbers are each page's own, so the same ones.
  assert.equal(annas.topic.number, bens.topic.number);
  annasLink.say(annas.topic.number, "up");
  assert.deepEqual([annas.seen, bens.seen], [["up"], []]);
  assert.ok(bens.topic.send("down"));
  assert.deepEqual([annasLink.sent, bensLink.sent], [[], [{ topic: 1, data: "down" }]]);
  annasLink.say(7, "to nothing");
  assert.equal(annasLink.refused, null);
});

Deno.test("BulkLinks takes a ticket once, in time, and for the page that it was given to", () => {
  const { bulk, clock } = scene();
  const page = fakePage("viewer");
  bulk.present(page);
  const used = bulk.ticket(page);
  assert.equal(new FakeBulkLink(bulk, page, used).refused, null);
  assert.equal(new FakeBulkLink(bulk, page, used).refused, "bad-ticket");
  const voided = bulk.ticket(page);
  const late = bulk.ticket(page);
  assert.equal(new FakeBulkLink(bulk, page, voided).refused, "bad-ticket");
  clock.nowMs += TICKET_TTL_MS;
  assert.equal(new FakeBulkLink(bulk, page, late).refused, "bad-ticket");
  const left = bulk.ticket(page);
  bulk.absent(page, "left");
  assert.equal(new FakeBulkLink(bulk, page, left).refused, "bad-ticket");
  assert.throws(() => bulk.ticket(page), TypeError);
});

Deno.test("BulkLinks replaces an older link of the same page", () => {
  const { bulk, open } = scene();
  const page = fakePage("viewer");
  bulk.present(page);
  const { topic, seen } = open(page);
  const [older, newer] = [new FakeBulkLink(bulk, page), new FakeBulkLink(bulk, page)];
  assert.deepEqual([older.refused, newer.refused], ["replaced", null]);
  older.say(topic.number, "late");
  bulk.detach(older);
  topic.send("now");
  assert.deepEqual([seen, newer.sent.length, bulk.size], [["unlinked"], 1, 1]);
});

Deno.test("BulkLinks keeps what a lost page has open for a while, and of one that left nothing", () => {
  const { bulk, open, clock } = scene();
  const page = fakePage("viewer");
  bulk.present(page);
  const lost = open(page);
  bulk.absent(page, "lost");
  clock.nowMs += LINGER_MS - 1;
  bulk.sweep();
  bulk.present(page);
  clock.nowMs += LINGER_MS;
  bulk.sweep();
  assert.deepEqual(lost.seen, ["returned"]);
  const link = new FakeBulkLink(bulk, page);
  bulk.absent(page, "lost");
  // Media needs no control link.
  link.say(lost.topic.number, "on");
  clock.nowMs += LINGER_MS;
  bulk.sweep();
  assert.deepEqual([lost.seen, link.refused], [["returned", "on", "gone"], "ended"]);
  assert.equal(bulk.find(page), undefined);
  bulk.present(page);
  const left = open(page);
  bulk.absent(page, "left");
  assert.deepEqual(left.seen, ["gone"]);
  // Of one that has nothing open, nothing is kept.
  bulk.present(page);
  bulk.absent(page, "lost");
  assert.equal(bulk.find(page), undefined);
});

Deno.test("BulkLinks: another load of a page, or the end of its room, ends what it had open", () => {
  const { bulk, open } = scene();
  const page = fakePage("viewer");
  bulk.present(page);
  const older = open(page);
  const link = new FakeBulkLink(bulk, page);
  const reloaded = { ...page, instance: fakePage("viewer").instance };
  bulk.present(reloaded);
  assert.deepEqual([older.seen, link.refused], [["gone"], "ended"]);
  const other = open(reloaded);
  bulk.roomExpired(page.roomId);
  assert.deepEqual(other.seen, ["gone"]);
});

Deno.test("Topic.isLate tells a slow link, and a closed topic is deaf and dumb", () => {
  const { bulk, open } = scene();
  const page = fakePage("viewer");
  bulk.present(page);
  const { topic, seen } = open(page);
  assert.deepEqual([topic.isLinked, topic.isLate], [false, true]);
  const link = new FakeBulkLink(bulk, page);
  assert.deepEqual([topic.isLinked, topic.isLate], [true, false]);
  link.bufferedBytes = LATE_BACKLOG_BYTES + 1;
  assert.equal(topic.isLate, true);
  topic.close();
  link.say(topic.number, "x");
  assert.deepEqual([topic.send("y"), seen, link.sent], [false, [], []]);
});

/** Few pages, so that loads, links and topics meet all the time. */
const step = fc.record({
  kind: fc.constantFrom(
    "present",
    "lost",
    "left",
    "open",
    "close",
    "ticket",
    "link",
    "drop",
    "say",
  ),
  page: fc.nat(3),
  other: fc.nat(3),
  topic: fc.nat(6),
  waitMs: fc.nat(LINGER_MS),
});

Deno.test("BulkLinks, whatever happens: no page hears or is heard on another's topic", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const { bulk, clock } = scene();
    const rooms = [fakePage("viewer"), fakePage("phone")];
    // Two loads of one page, and two others.
    const first = rooms[0]!;
    const pages = [
      first,
      { ...first, instance: rooms[1]!.instance },
      fakePage("phone", first.roomId),
      rooms[1]!,
    ];
    const topics: Topic[][] = pages.map(() => []);
    const links: (FakeBulkLink | undefined)[] = pages.map(() => undefined);
    const tickets: string[] = [];
    for (const { kind, page: at, other, topic: number, waitMs } of steps) {
      const page = pages[at]!;
      const isThere = bulk.find(page) !== undefined;
      if (kind === "present") bulk.present(page);
      else if (kind === "lost" || kind === "left") bulk.absent(page, kind);
      else if (kind === "open" && isThere) {
        const topic: Topic = bulk.open(page, {
          receive: (data) => {
            assert.equal(data, `of ${at}`);
            return null;
          },
          gone: () => assert.equal(topic.send("late"), false),
        });
        topics[at]!.push(topic);
      } else if (kind === "close") topics[at]!.pop()?.close();
      else if (kind === "ticket" && isThere) tickets[at] = bulk.ticket(page);
      else if (kind === "link" && tickets[other] !== undefined) {
        // Whoever brings it, a ticket is for the page that it was given to.
        const link = new FakeBulkLink(bulk, page, tickets[other]);
        if (link.refused === null) links[other] = link;
      } else if (kind === "drop") links[at]?.lose();
      else if (kind === "say") {
        links[at]?.say(number, `of ${at}`);
        topics[at]!.forEach((topic) => topic.send(`to ${at}`));
      } else {
        clock.nowMs += waitMs;
        bulk.sweep();
      }
      for (const [index, link] of links.entries()) {
        assert.ok(link?.sent.every(({ data }) => data === `to ${index}`) ?? true);
      }
    }
    for (const page of pages) bulk.absent(page, "left");
    assert.equal(bulk.size, 0);
  }));
});
