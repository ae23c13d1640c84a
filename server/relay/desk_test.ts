import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_RELAY_IN_FLIGHT, RELAY_SILENCE_MS } from "@/protocol";
import { RELAY_LINGER_MS } from "./limits.ts";
import { fakeDesk, fakeFrame, fakePage, type FakeWire } from "./testing/fake_relay.ts";

/** A phone and viewers of one room, whose wires are open. */
function setUp(viewers = 1) {
  const relay = fakeDesk();
  const phone = fakePage("phone");
  const pages = Array.from({ length: viewers }, () => fakePage("viewer", phone.roomId));
  for (const page of [phone, ...pages]) relay.desk.present(page);
  for (const page of pages) relay.open(page, phone);
  const phoneWire = relay.wire(phone);
  const wires = pages.map((page) => relay.wire(page));
  let next = 0;
  return {
    ...relay,
    phone,
    pages,
    phoneWire,
    wires,
    viewer: pages[0]!,
    viewerWire: wires[0]!,
    /** Sends a frame as ours would: not faster than ten a second. */
    sendFrame() {
      relay.clock.nowMs += 100;
      phoneWire.end.receive(fakeFrame(next));
      return next++;
    },
  };
}

Deno.test("RelayDesk passes a frame on unchanged, and tells the phone when it is dealt with", () => {
  const { phoneWire, viewerWire, viewer, desk } = setUp();
  assert.deepEqual(phoneWire.texts, [
    { type: "opened" },
    { type: "viewers", viewers: [viewer.peerId] },
  ]);
  const frame = fakeFrame(7);
  phoneWire.end.receive(frame);
  assert.deepEqual(viewerWire.frames, [frame]);
  assert.equal(phoneWire.acked, undefined);
  viewerWire.say({ type: "ack", frame: 7 });
  assert.equal(phoneWire.acked, 7);
  assert.deepEqual(
    [desk.counters.framesReceived, desk.counters.framesSent, desk.counters.framesAcked],
    [1, 1, 1],
  );
});

Deno.test("RelayDesk lets two frames be on their way and the newest one wait", () => {
  const { sendFrame, viewerWire, desk, phoneWire } = setUp();
  for (let count = 0; count < 6; count++) sendFrame();
  assert.deepEqual(viewerWire.frameIds, [0, 1]);
  assert.deepEqual(desk.counters.framesDropped, { replaced: 3 });
  viewerWire.say({ type: "ack", frame: 1 });
  assert.deepEqual(viewerWire.frameIds, [0, 1, 5]);
  assert.equal(phoneWire.acked, 1);
});

Deno.test("RelayDesk paces a phone by its quickest viewer, and by the rest when that one goes", () => {
  const { sendFrame, wires, phoneWire, close, pages, phone, desk } = setUp(2);
  sendFrame();
  sendFrame();
  wires[0]!.say({ type: "ack", frame: 1 });
  assert.equal(phoneWire.acked, 1);
  sendFrame();
  assert.deepEqual(wires[0]!.frameIds, [0, 1, 2]);
  assert.deepEqual(wires[1]!.frameIds, [0, 1]);
  close(pages[0]!, phone);
  assert.equal(wires[0]!.closed, "ended");
  wires[1]!.say({ type: "ack", frame: 1 });
  assert.deepEqual(wires[1]!.frameIds, [0, 1, 2]);
  wires[1]!.say({ type: "ack", frame: 2 });
  assert.equal(phoneWire.acked, 2);
  assert.deepEqual(desk.counts(), { phones: 1, viewers: 1 });
});

Deno.test("RelayDesk ends a phone's wire when nobody wants its pictures any more", () => {
  const { close, viewer, phone, phoneWire, viewerWire, lastBody, desk, sendFrame } = setUp();
  close(viewer, phone);
  assert.deepEqual([phoneWire.closed, viewerWire.closed], ["ended", "ended"]);
  assert.deepEqual(lastBody(phone), { kind: "ended", cause: "closed" });
  assert.deepEqual(desk.counts(), { phones: 0, viewers: 0 });
  // Frames that were still on their way go nowhere, and nothing falls over.
  sendFrame();
  assert.equal(desk.counters.framesReceived, 0);
});

Deno.test("RelayDesk: the person at the phone can refuse, and every viewer is told", () => {
  const { desk, phone, pages, lastBody, phoneWire, open } = setUp(2);
  assert(desk.message(phone, { type: "relay", body: { kind: "refuse" } }));
  for (const page of pages) assert.deepEqual(lastBody(page), { kind: "ended", cause: "refused" });
  assert.equal(phoneWire.closed, "ended");
  // It may be asked again: what it answers is its own business.
  open(pages[0]!, phone);
  assert.equal(lastBody(phone)?.kind, "ticket");
});

Deno.test("RelayDesk gives nothing to other rooms, other roles, and phones that are not there", () => {
  const { desk, open, lastBody } = fakeDesk();
  const phone = fakePage("phone");
  const stranger = fakePage("owner");
  const second = fakePage("phone", phone.roomId);
  for (const page of [phone, stranger, second]) desk.present(page);
  open(stranger, phone);
  assert.deepEqual(lastBody(stranger), { kind: "ended", cause: "gone" });
  assert.equal(open(second, phone), false);
  assert.equal(desk.message(stranger, { type: "relay", body: { kind: "refuse" } }), false);
  const viewer = fakePage("viewer", phone.roomId);
  desk.present(viewer);
  // Another viewer is no phone, whatever is asked.
  open(viewer, stranger);
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  // Another load of the phone's page has another instance.
  open(viewer, { ...phone, instance: stranger.instance });
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  assert.deepEqual(desk.counts(), { phones: 0, viewers: 0 });
});

Deno.test("RelayDesk holds to its number of relays", () => {
  const { desk, open, lastBody } = fakeDesk(1);
  const phone = fakePage("phone");
  const [first, second] = [fakePage("owner", phone.roomId), fakePage("viewer", phone.roomId)];
  for (const page of [phone, first, second]) desk.present(page);
  open(first, phone);
  open(second, phone);
  assert.deepEqual(lastBody(second), { kind: "ended", cause: "too-many" });
  // The same page asks again because its wire is lost: no other relay.
  open(first, phone);
  assert.equal(lastBody(first)?.kind, "ticket");
});

Deno.test("RelayDesk leaves half of its relays to other rooms", () => {
  const { desk, open, close, lastBody } = fakeDesk(4);
  const phones = ["r", "q"].map((letter) => fakePage("phone", letter.repeat(22)));
  const [first, second, third] = ["owner", "viewer", "viewer"].map((role) =>
    fakePage(role as "owner" | "viewer", phones[0]!.roomId)
  );
  const others = [1, 2].map(() => fakePage("viewer", phones[1]!.roomId));
  for (const page of [...phones, first!, second!, third!, ...others]) desk.present(page);
  for (const viewer of [first!, second!, third!]) open(viewer, phones[0]!);
  assert.deepEqual(lastBody(third!), { kind: "ended", cause: "too-many" });
  assert.equal(desk.counts().viewers, 2);
  for (const viewer of others) {
    open(viewer, phones[1]!);
    assert.equal(lastBody(viewer)?.kind, "ticket");
  }
  // One of the room that goes makes a place for its next.
  close(first!, phones[0]!);
  open(third!, phones[0]!);
  assert.equal(lastBody(third!)?.kind, "ticket");
});

Deno.test("RelayDesk outlives a lost wire and lost signalling, for a while", () => {
  const relay = setUp();
  const { desk, viewer, phone, viewerWire, open, wire, clock, lastBody, sendFrame } = relay;
  viewerWire.end.lost();
  desk.absent(viewer, "lost");
  sendFrame();
  sendFrame();
  desk.present(viewer);
  open(viewer, phone);
  const again = wire(viewer);
  assert.deepEqual(again.frameIds, [1], "only the newest waits");
  desk.absent(phone, "lost");
  clock.nowMs += RELAY_LINGER_MS;
  desk.sweep();
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  assert.deepEqual(desk.counts(), { phones: 0, viewers: 0 });
});

Deno.test("RelayDesk ends at once what left on purpose, and what its room's death leaves", () => {
  const one = setUp();
  one.desk.absent(one.viewer, "left");
  assert.equal(one.phoneWire.closed, "ended");
  const other = setUp();
  other.desk.roomExpired(other.phone.roomId);
  assert.equal(other.viewerWire.closed, "ended");
  assert.deepEqual(other.desk.counts(), { phones: 0, viewers: 0 });
});

Deno.test("RelayDesk closes silent wires, and a ping keeps them", () => {
  const { desk, clock, phoneWire, viewerWire, wire, phone, lastBody } = setUp();
  clock.nowMs += RELAY_SILENCE_MS - 1;
  viewerWire.say({ type: "ping", nonce: 5 });
  assert.deepEqual(viewerWire.texts.at(-1), { type: "pong", nonce: 5 });
  clock.nowMs += 1;
  desk.sweep();
  assert.deepEqual([phoneWire.closed, viewerWire.closed], ["timeout", null]);
  desk.message(phone, { type: "relay", body: { kind: "ticket" } });
  assert.equal(lastBody(phone)?.kind, "ticket");
  assert.equal(wire(phone).texts[0]?.type, "opened");
});

Deno.test("RelayDesk passes messages of the channels unread, between the two and nobody else", () => {
  const { phoneWire, wires, pages, phone, desk } = setUp(2);
  phoneWire.say({ type: "message", to: pages[1]!.peerId, channel: "timing", text: "any text" });
  assert.deepEqual(wires[1]!.texts.at(-1), {
    type: "message",
    channel: "timing",
    text: "any text",
  });
  assert.equal(wires[0]!.texts.length, 1);
  wires[0]!.say({ type: "message", channel: "control", text: "{" });
  assert.deepEqual(phoneWire.texts.at(-1), {
    type: "message",
    from: pages[0]!.peerId,
    channel: "control",
    text: "{",
  });
  phoneWire.say({ type: "message", to: phone.peerId, channel: "control", text: "nobody" });
  phoneWire.say({ type: "message", channel: "control", text: "nobody" });
  assert.deepEqual([desk.counters.messagesPassed, desk.counters.messagesDropped], [2, 2]);
  assert.equal(phoneWire.closed, null);
});

Deno.test("RelayDesk leaves out what would be late on a slow wire, and closes one that nobody reads", () => {
  const { phoneWire, viewerWire, desk } = setUp();
  phoneWire.buffered = 100 * 1024;
  viewerWire.say({ type: "message", channel: "timing", text: "late" });
  assert.equal(desk.counters.messagesDropped, 1);
  viewerWire.say({ type: "message", channel: "control", text: "kept" });
  assert.equal(desk.counters.messagesPassed, 1);
  phoneWire.buffered = 1e9;
  viewerWire.say({ type: "message", channel: "control", text: "one more" });
  assert.equal(phoneWire.closed, "backlog");
});

Deno.test("RelayDesk refuses by name what is no frame, no message, too much or not theirs", () => {
  const refusals: [string, (wires: { phone: FakeWire; viewer: FakeWire }) => FakeWire][] = [
    ["bad-frame", ({ viewer }) => (viewer.end.receive(fakeFrame(1)), viewer)],
    ["bad-frame", ({ phone }) => (phone.end.receive(new Uint8Array(24)), phone)],
    ["bad-message", ({ phone }) => (phone.say({ type: "ack", frame: 1 }), phone)],
    ["bad-message", ({ viewer }) => (viewer.end.receive("{"), viewer)],
    ["bad-message", ({ viewer }) => (viewer.say({ type: "opened" }), viewer)],
    ["too-large", ({ phone }) => (phone.end.receive(new Uint8Array(600 * 1024)), phone)],
    ["too-large", ({ viewer }) => (viewer.end.receive("x".repeat(20_000)), viewer)],
    ["too-fast", ({ viewer }) => {
      for (let nonce = 0; nonce < 200; nonce++) viewer.say({ type: "ping", nonce });
      return viewer;
    }],
  ];
  for (const [reason, act] of refusals) {
    const { phoneWire, viewerWire, desk } = setUp();
    assert.equal(act({ phone: phoneWire, viewer: viewerWire }).closed, reason);
    assert.equal(desk.counters.wiresClosed[reason as "too-large"], 1);
  }
  const { wire, viewer, desk } = setUp();
  assert.equal(wire(viewer).closed, "bad-ticket", "a ticket is good once");
  assert.equal(desk.counters.wiresClosed["bad-ticket"], 1);
});

Deno.test("RelayDesk takes 15 frames and 1 MiB a second of a phone, and counts the rest", () => {
  const many = setUp();
  for (let at = 0; at < 1_000; at++) {
    many.clock.nowMs += 10;
    many.phoneWire.end.receive(fakeFrame(at));
    if (many.viewerWire.frameIds.at(-1) === at) many.viewerWire.say({ type: "ack", frame: at });
  }
  const { framesSent, framesDropped, framesReceived } = many.desk.counters;
  assert.equal(framesReceived, 1_000);
  assert.ok(framesSent >= 150 && framesSent <= 160, `${framesSent} in 10 s`);
  assert.equal(framesSent + framesDropped["too-fast"]!, 1_000);
  const large = setUp();
  for (let at = 0; at < 100; at++) {
    large.clock.nowMs += 100;
    large.phoneWire.end.receive(fakeFrame(at, 500 * 1024));
    large.viewerWire.say({ type: "ack", frame: at });
  }
  const mib = large.desk.counters.bytesSent / 1024 / 1024;
  assert.ok(mib > 9 && mib < 13, `${mib} MiB in 10 s`);
});

/** What can happen, to a page chosen by number. */
const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("frame" as const), page: fc.nat(3) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("ack" as const),
      page: fc.nat(7),
      back: fc.integer({ min: -1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("open" as const), page: fc.nat(7), phone: fc.nat(3) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wire" as const), page: fc.nat(11) }) },
  fc.record({ kind: fc.constant("close" as const), page: fc.nat(7), phone: fc.nat(3) }),
  fc.record({ kind: fc.constant("lose" as const), page: fc.nat(11) }),
  fc.record({ kind: fc.constant("absent" as const), page: fc.nat(11), left: fc.boolean() }),
  fc.record({ kind: fc.constant("present" as const), page: fc.nat(11) }),
  fc.record({ kind: fc.constant("refuse" as const), page: fc.nat(3) }),
  fc.record({
    kind: fc.constant("bytes" as const),
    page: fc.nat(11),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({
    kind: fc.constant("text" as const),
    page: fc.nat(11),
    text: fc.string({ maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(20_000) }),
);

Deno.test("RelayDesk, whatever happens: two on their way, one waits, rooms apart, every frame counted", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const relay = fakeDesk(5);
      const { desk, clock } = relay;
      // Two rooms of two phones and four viewers; pages 0 to 3 are phones.
      const rooms = [fakePage("phone").roomId, fakePage("phone").roomId];
      const phones = [0, 1, 2, 3].map((at) => fakePage("phone", rooms[at >> 1]));
      const viewers = [...Array(8).keys()].map((at) =>
        fakePage(at % 4 === 0 ? "owner" : "viewer", rooms[at >> 2])
      );
      const pages = [...phones, ...viewers];
      for (const page of pages) desk.present(page);
      const wires = new Map<string, FakeWire[]>(pages.map((page) => [page.peerId, []]));
      const newest = (page: { peerId: string }) => wires.get(page.peerId)!.at(-1);
      let frameId = 0;
      const sentBy = new Map<number, string>();
      const acked = new Map<FakeWire, number>();
      for (const step of events) {
        clock.nowMs += 70;
        switch (step.kind) {
          case "frame": {
            const phone = phones[step.page]!;
            sentBy.set(frameId, phone.roomId);
            newest(phone)?.end.receive(fakeFrame(frameId++));
            break;
          }
          case "ack": {
            const wire = newest(viewers[step.page]!);
            const id = (wire?.frameIds.at(-1) ?? 0) - step.back;
            if (wire !== undefined && id >= 0) {
              wire.say({ type: "ack", frame: id });
              if (wire.frameIds.includes(id)) acked.set(wire, Math.max(acked.get(wire) ?? -1, id));
            }
            break;
          }
          case "open":
            relay.open(viewers[step.page]!, phones[step.phone]!);
            break;
          case "close":
            relay.close(viewers[step.page]!, phones[step.phone]!);
            break;
          case "wire": {
            const page = pages[step.page]!;
            if (relay.bodies(page).some(({ kind }) => kind === "ticket")) {
              wires.get(page.peerId)!.push(relay.wire(page));
            }
            break;
          }
          case "lose":
            newest(pages[step.page]!)?.end.lost();
            break;
          case "absent":
            desk.absent(pages[step.page]!, step.left ? "left" : "lost");
            break;
          case "present":
            desk.present(pages[step.page]!);
            break;
          case "refuse":
            desk.message(phones[step.page]!, { type: "relay", body: { kind: "refuse" } });
            break;
          case "bytes":
            newest(pages[step.page]!)?.end.receive(step.bytes);
            break;
          case "text":
            newest(pages[step.page]!)?.end.receive(step.text);
            break;
          case "wait":
            clock.nowMs += step.ms;
            desk.sweep();
        }
        assert.ok(desk.counts().viewers <= 5);
        for (const viewer of viewers) {
          for (const wire of wires.get(viewer.peerId)!) {
            const ids = wire.frameIds;
            assert.ok(ids.every((id) => sentBy.get(id) === viewer.roomId), "another room's frame");
            assert.ok(ids.every((id, at) => at === 0 || id > ids[at - 1]!), "out of order");
            const underWay = ids.filter((id) => id > (acked.get(wire) ?? -1));
            assert.ok(underWay.length <= MAX_RELAY_IN_FLIGHT, `${underWay.length} on their way`);
          }
        }
      }
      // All go: then what was taken was sent to each viewer, or is counted with its cause.
      for (const page of pages) desk.absent(page, "left");
      assert.deepEqual(desk.counts(), { phones: 0, viewers: 0 });
      const { counters } = desk;
      const sent = viewers.flatMap(({ peerId }) => wires.get(peerId)!)
        .reduce((sum, wire) => sum + wire.frames.length, 0);
      assert.equal(counters.framesSent, sent);
      const lost = Object.values(counters.framesDropped).reduce((sum, count) => sum + count, 0);
      assert.ok(sent + lost >= counters.framesReceived, "a frame is lost and not counted");
    }),
    { numRuns: 400 },
  );
});
