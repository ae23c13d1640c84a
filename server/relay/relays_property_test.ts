import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_RELAY_IN_FLIGHT } from "@/protocol";
import { fakePage } from "../link/testing/fake_bulk.ts";
import { fakeFrame, type FakeRelayPage, fakeRelays } from "./testing/fake_relay.ts";

/** One kind of what can happen. */
function kind<K extends string, T>(
  name: K,
  fields: { [F in keyof T]: fc.Arbitrary<T[F]> },
  weight = 1,
): fc.WeightedArbitrary<{ kind: K } & T> {
  const both = fc.tuple(fc.constant(name), fc.record(fields));
  return { weight, arbitrary: both.map(([kind, rest]) => ({ kind, ...rest as T })) };
}

/** What can happen, to a page chosen by number: phones are 0 to 3, viewers 0 to 7, and pages 0 to 11. */
const event = fc.oneof(
  kind("frame", { page: fc.nat(3) }, 6),
  kind("ack", { page: fc.nat(7), back: fc.integer({ min: -1, max: 3 }) }, 6),
  kind("open", { page: fc.nat(7), phone: fc.nat(3) }, 3),
  kind("link", { page: fc.nat(11) }, 2),
  kind("close", { page: fc.nat(7), phone: fc.nat(3) }),
  kind("lose", { page: fc.nat(11) }),
  kind("absent", { page: fc.nat(11), left: fc.boolean() }),
  kind("present", { page: fc.nat(11) }),
  kind("refuse", { page: fc.nat(3) }),
  kind("raw", {
    page: fc.nat(11),
    data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 40 })),
  }, 2),
  kind("wait", { ms: fc.nat(20_000) }),
);

Deno.test("Relays, whatever happens: two on their way, one waits, rooms apart, every frame counted", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const relay = fakeRelays(5);
      const { relays, bulk, clock, sweep } = relay;
      // Two rooms of two phones and four viewers.
      const rooms = [fakePage("phone").roomId, fakePage("phone").roomId];
      const phones = [0, 1, 2, 3].map((at) => fakePage("phone", rooms[at >> 1]));
      const viewers = [...Array(8).keys()].map((at) =>
        fakePage(at % 4 === 0 ? "owner" : "viewer", rooms[at >> 2])
      );
      const pages = [...phones, ...viewers];
      for (const page of pages) bulk.present(page);
      const links = new Map<string, FakeRelayPage[]>(pages.map((page) => [page.peerId, []]));
      const newest = (page: { peerId: string }) => links.get(page.peerId)!.at(-1);
      let frameId = 0;
      const sentBy = new Map<number, string>();
      const acked = new Map<FakeRelayPage, number>();
      for (const step of events) {
        clock.nowMs += 70;
        switch (step.kind) {
          case "frame": {
            const phone = phones[step.page]!;
            sentBy.set(frameId, phone.roomId);
            newest(phone)?.raw(fakeFrame(frameId++));
            break;
          }
          case "ack": {
            const link = newest(viewers[step.page]!);
            const id = (link?.frameIds.at(-1) ?? 0) - step.back;
            if (link !== undefined && id >= 0) {
              link.say({ type: "ack", frame: id });
              if (link.frameIds.includes(id)) acked.set(link, Math.max(acked.get(link) ?? -1, id));
            }
            break;
          }
          case "open":
            // Who is not there says nothing.
            if (bulk.find(viewers[step.page]!) === undefined) break;
            relay.open(viewers[step.page]!, phones[step.phone]!);
            break;
          case "close":
            relay.close(viewers[step.page]!, phones[step.phone]!);
            break;
          case "link": {
            const page = pages[step.page]!;
            const isThere = bulk.find(page) !== undefined;
            if (isThere && relay.bodies(page).some(({ kind }) => kind === "topic")) {
              links.get(page.peerId)!.push(relay.link(page));
            }
            break;
          }
          case "lose":
            newest(pages[step.page]!)?.link.lose();
            break;
          case "absent":
            bulk.absent(pages[step.page]!, step.left ? "left" : "lost");
            break;
          case "present":
            bulk.present(pages[step.page]!);
            break;
          case "refuse":
            relays.message(phones[step.page]!, {
              type: "relay",
              body: { kind: "refuse", cause: "refused" },
            });
            break;
          case "raw":
            newest(pages[step.page]!)?.raw(step.data);
            break;
          case "wait":
            clock.nowMs += step.ms;
            sweep();
        }
        assert.ok(relays.counts().viewers <= 5);
        for (const viewer of viewers) {
          for (const link of links.get(viewer.peerId)!) {
            const ids = link.frameIds;
            assert.ok(ids.every((id) => sentBy.get(id) === viewer.roomId), "another room's frame");
            assert.ok(ids.every((id, at) => at === 0 || id > ids[at - 1]!), "out of order");
            const underWay = ids.filter((id) => id > (acked.get(link) ?? -1));
            assert.ok(underWay.length <= MAX_RELAY_IN_FLIGHT, `${underWay.length} on their way`);
          }
        }
      }
      // All go: then what was taken was sent to each viewer, or is counted with its cause.
      for (const page of pages) bulk.absent(page, "left");
      assert.deepEqual(relays.counts(), { phones: 0, viewers: 0 });
      const { counters } = relays;
      const sent = viewers.flatMap(({ peerId }) => links.get(peerId)!)
        .reduce((sum, link) => sum + link.frames.length, 0);
      assert.equal(counters.framesSent, sent);
      const lost = Object.values(counters.framesDropped).reduce((sum, count) => sum + count, 0);
      assert.ok(sent + lost >= counters.framesReceived, "a frame is lost and not counted");
    }),
    { numRuns: 400 },
  );
});
