import assert from "node:assert/strict";
import { LINGER_MS } from "../link/limits.ts";
import { FakeBulkLink, fakePage } from "../link/testing/fake_bulk.ts";
import { fakeFrame, type FakeRelayPage, fakeRelays } from "./testing/fake_relay.ts";

/** A phone and viewers of one room, whose links are open. */
function setUp(viewers = 1) {
  const relay = fakeRelays();
  const phone = fakePage("phone");
  const pages = Array.from({ length: viewers }, () => fakePage("viewer", phone.roomId));
  for (const page of [phone, ...pages]) relay.bulk.present(page);
  for (const page of pages) relay.open(page, phone);
  const phoneLink = relay.link(phone);
  const links = pages.map((page) => relay.link(page));
  let next = 0;
  return {
    ...relay,
    phone,
    pages,
    phoneLink,
    links,
    viewer: pages[0]!,
    viewerLink: links[0]!,
    /** Sends a frame as ours would: not faster than ten a second. */
    sendFrame() {
      relay.clock.nowMs += 100;
      phoneLink.raw(fakeFrame(next));
      return next++;
    },
  };
}

Deno.test("Relays passes a frame on unchanged, and tells the phone when it is dealt with", () => {
  const { phoneLink, viewerLink, viewer, relays } = setUp();
  assert.deepEqual(phoneLink.texts, [{ type: "viewers", viewers: [viewer.peerId] }]);
  const frame = fakeFrame(7);
  phoneLink.raw(frame);
  assert.deepEqual(viewerLink.frames, [frame]);
  assert.equal(phoneLink.acked, undefined);
  viewerLink.say({ type: "ack", frame: 7 });
  assert.equal(phoneLink.acked, 7);
  assert.deepEqual(
    [relays.counters.framesReceived, relays.counters.framesSent, relays.counters.framesAcked],
    [1, 1, 1],
  );
});

Deno.test("Relays lets two frames be on their way and the newest one wait", () => {
  const { sendFrame, viewerLink, relays, phoneLink } = setUp();
  for (let count = 0; count < 6; count++) sendFrame();
  assert.deepEqual(viewerLink.frameIds, [0, 1]);
  assert.equal(relays.counters.framesDropped.replaced, 3);
  viewerLink.say({ type: "ack", frame: 1 });
  assert.deepEqual(viewerLink.frameIds, [0, 1, 5]);
  assert.equal(phoneLink.acked, 1);
});

Deno.test("Relays paces a phone by its quickest viewer, and by the rest when that one goes", () => {
  const { sendFrame, links, phoneLink, close, pages, phone, relays } = setUp(2);
  sendFrame();
  sendFrame();
  links[0]!.say({ type: "ack", frame: 1 });
  assert.equal(phoneLink.acked, 1);
  sendFrame();
  assert.deepEqual(links[0]!.frameIds, [0, 1, 2]);
  assert.deepEqual(links[1]!.frameIds, [0, 1]);
  close(pages[0]!, phone);
  links[1]!.say({ type: "ack", frame: 1 });
  assert.deepEqual(links[1]!.frameIds, [0, 1, 2]);
  links[1]!.say({ type: "ack", frame: 2 });
  assert.equal(phoneLink.acked, 2);
  assert.deepEqual(relays.counts(), { phones: 1, viewers: 1 });
});

Deno.test("Relays ends a phone's topic when nobody wants its pictures any more", () => {
  const { close, viewer, phone, phoneLink, lastBody, relays, sendFrame } = setUp();
  close(viewer, phone);
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "closed" });
  assert.deepEqual(lastBody(phone), { kind: "ended", cause: "closed" });
  assert.deepEqual(relays.counts(), { phones: 0, viewers: 0 });
  // Frames that were still on their way go nowhere, and the link goes on.
  sendFrame();
  assert.deepEqual([relays.counters.framesReceived, phoneLink.closed], [0, null]);
});

Deno.test("Relays: the person at the phone can refuse, and every viewer is told", () => {
  const { relays, phone, pages, lastBody, open } = setUp(2);
  assert(relays.message(phone, { type: "relay", body: { kind: "refuse", cause: "refused" } }));
  for (const page of pages) assert.deepEqual(lastBody(page), { kind: "ended", cause: "refused" });
  assert.deepEqual(relays.counts(), { phones: 0, viewers: 0 });
  // It may be asked again: what it answers is its own business.
  open(pages[0]!, phone);
  assert.equal(lastBody(phone)?.kind, "topic");
});

Deno.test("Relays gives nothing to other rooms, other roles, and phones that are not there", () => {
  const { relays, bulk, open, lastBody } = fakeRelays();
  const phone = fakePage("phone");
  const stranger = fakePage("owner");
  const second = fakePage("phone", phone.roomId);
  for (const page of [phone, stranger, second]) bulk.present(page);
  open(stranger, phone);
  assert.deepEqual(lastBody(stranger), { kind: "ended", cause: "gone" });
  assert.equal(open(second, phone), false);
  assert.equal(
    relays.message(stranger, { type: "relay", body: { kind: "refuse", cause: "refused" } }),
    false,
  );
  const viewer = fakePage("viewer", phone.roomId);
  bulk.present(viewer);
  // Another viewer is no phone, whatever is asked.
  open(viewer, stranger);
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  // Another load of the phone's page has another instance.
  open(viewer, { ...phone, instance: stranger.instance });
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  assert.deepEqual(relays.counts(), { phones: 0, viewers: 0 });
});

Deno.test("Relays holds to its number of relays", () => {
  const { relays, bulk, open, lastBody } = fakeRelays(1);
  const phone = fakePage("phone");
  const [first, second] = [fakePage("owner", phone.roomId), fakePage("viewer", phone.roomId)];
  for (const page of [phone, first, second]) bulk.present(page);
  open(first, phone);
  open(second, phone);
  assert.deepEqual(lastBody(second), { kind: "ended", cause: "too-many" });
  assert.equal(relays.counters.viewersRefused, 1);
  // The same page asks again because it is back in its room: no other relay.
  open(first, phone);
  assert.equal(lastBody(first)?.kind, "topic");
});

Deno.test("Relays leaves half of its relays to other rooms, and some to trusted owners", () => {
  const { relays, bulk, open, close, lastBody } = fakeRelays(4);
  const phones = ["r", "q"].map((letter) => fakePage("phone", letter.repeat(22)));
  const [first, second, third] = ["owner", "viewer", "viewer"].map((role) =>
    fakePage(role as "owner" | "viewer", phones[0]!.roomId)
  );
  const [other, guest] = [1, 2].map(() => fakePage("viewer", phones[1]!.roomId));
  const from = { address: "192.168.1.40", isTrusted: true };
  const owner = fakePage("owner", phones[1]!.roomId, from);
  const pages = [...phones, first!, second!, third!, other!, guest!, owner];
  for (const page of pages) bulk.present(page);
  for (const viewer of [first!, second!, third!]) open(viewer, phones[0]!);
  assert.deepEqual(lastBody(third!), { kind: "ended", cause: "too-many" });
  assert.equal(relays.counts().viewers, 2);
  for (const viewer of [other!, guest!, owner]) open(viewer, phones[1]!);
  assert.deepEqual(lastBody(guest!), { kind: "ended", cause: "too-many" });
  for (const viewer of [other!, owner]) assert.equal(lastBody(viewer)?.kind, "topic");
  // One of the room that goes makes a place for its next.
  close(first!, phones[0]!);
  open(third!, phones[0]!);
  assert.equal(lastBody(third!)?.kind, "topic");
});

Deno.test("Relays outlives lost links, for a while", () => {
  const relay = setUp();
  const { relays, bulk, viewer, phone, viewerLink, phoneLink, link, clock, lastBody } = relay;
  viewerLink.link.lose();
  bulk.absent(viewer, "lost");
  relay.sendFrame();
  relay.sendFrame();
  bulk.present(viewer);
  const again = link(viewer);
  assert.deepEqual(again.frameIds, [1], "only the newest waits");
  bulk.absent(phone, "lost");
  clock.nowMs += LINGER_MS;
  relay.sweep();
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
  assert.equal(phoneLink.closed, "ended");
  assert.deepEqual(relays.counts(), { phones: 0, viewers: 0 });
});

Deno.test("Relays ends at once what left on purpose, and what its room's death leaves", () => {
  const one = setUp();
  one.bulk.absent(one.viewer, "left");
  assert.deepEqual(one.lastBody(one.phone), { kind: "ended", cause: "closed" });
  const other = setUp();
  other.bulk.roomExpired(other.phone.roomId);
  assert.equal(other.viewerLink.closed, "ended");
  assert.deepEqual(other.relays.counts(), { phones: 0, viewers: 0 });
});

Deno.test("Relays tells a phone that is back in its room again, and ends what nobody hears", () => {
  const { bulk, clock, phone, viewer, phoneLink, bodies, lastBody, sweep, link } = setUp();
  const before = bodies(phone).length;
  bulk.absent(phone, "lost");
  bulk.present(phone);
  assert.deepEqual(bodies(phone).slice(before), [bodies(phone)[before - 1]]);
  phoneLink.link.lose();
  clock.nowMs += LINGER_MS - 1;
  sweep();
  const again = link(phone);
  assert.deepEqual(again.texts, [{ type: "viewers", viewers: [viewer.peerId] }]);
  again.link.lose();
  clock.nowMs += LINGER_MS;
  sweep();
  assert.deepEqual(lastBody(viewer), { kind: "ended", cause: "gone" });
});

Deno.test("Relays sends nothing to a page before that says that it hears", () => {
  const relay = fakeRelays();
  const [phone, viewer] = [fakePage("phone"), fakePage("viewer")];
  const page = { ...viewer, roomId: phone.roomId };
  for (const each of [phone, page]) relay.bulk.present(each);
  const link = new FakeBulkLink(relay.bulk, page);
  relay.open(page, phone);
  relay.link(phone).raw(fakeFrame(1));
  assert.deepEqual(link.sent, []);
  link.say(1, JSON.stringify({ type: "ready" }));
  assert.deepEqual(link.sent.map(({ data }) => data), [fakeFrame(1)]);
});

Deno.test("Relays tells of each picture that goes out, and to whom", () => {
  const { sendFrame, sent, pages, phone, links } = setUp(2);
  for (let count = 0; count < 3; count++) sendFrame();
  assert.deepEqual(
    sent.map(({ viewer, phone: from, frame }) => [viewer.peerId, from, frame.frameId]),
    [0, 1].flatMap((id) => pages.map(({ peerId }) => [peerId, phone.peerId, id])),
  );
  links[1]!.say({ type: "ack", frame: 0 });
  assert.deepEqual([sent.at(-1)!.viewer.peerId, sent.at(-1)!.frame.frameId], [pages[1]!.peerId, 2]);
});

Deno.test("Relays passes messages of the channels unread, between the two and nobody else", () => {
  const { phoneLink, links, pages, phone, relays } = setUp(2);
  phoneLink.say({ type: "message", to: pages[1]!.peerId, channel: "timing", text: "any text" });
  assert.deepEqual(links[1]!.texts.at(-1), {
    type: "message",
    channel: "timing",
    text: "any text",
  });
  assert.deepEqual(links[0]!.texts, []);
  links[0]!.say({ type: "message", channel: "control", text: "{" });
  assert.deepEqual(phoneLink.texts.at(-1), {
    type: "message",
    from: pages[0]!.peerId,
    channel: "control",
    text: "{",
  });
  phoneLink.say({ type: "message", to: phone.peerId, channel: "control", text: "nobody" });
  phoneLink.say({ type: "message", channel: "control", text: "nobody" });
  assert.deepEqual([relays.counters.messagesPassed, relays.counters.messagesDropped], [2, 2]);
  assert.equal(phoneLink.closed, null);
});

Deno.test("Relays leaves out what would be late on a slow link", () => {
  const { phoneLink, viewerLink, relays } = setUp();
  phoneLink.link.bufferedBytes = 100 * 1024;
  viewerLink.say({ type: "message", channel: "timing", text: "late" });
  assert.equal(relays.counters.messagesDropped, 1);
  viewerLink.say({ type: "message", channel: "control", text: "kept" });
  assert.equal(relays.counters.messagesPassed, 1);
});

Deno.test("Relays refuses by name what is no frame, no message or not theirs", () => {
  const refusals: [
    string,
    (pages: { phone: FakeRelayPage; viewer: FakeRelayPage }) => FakeRelayPage,
  ][] = [
    ["bad-frame", ({ viewer }) => (viewer.raw(fakeFrame(1)), viewer)],
    ["bad-frame", ({ phone }) => (phone.raw(new Uint8Array(24)), phone)],
    ["bad-message", ({ phone }) => (phone.say({ type: "ack", frame: 1 }), phone)],
    ["bad-message", ({ viewer }) => (viewer.raw("{"), viewer)],
    ["bad-message", ({ viewer }) => (viewer.say({ type: "viewers" }), viewer)],
    ["too-large", ({ phone }) => (phone.raw(new Uint8Array(600 * 1024)), phone)],
  ];
  for (const [reason, act] of refusals) {
    const { phoneLink, viewerLink } = setUp();
    assert.equal(act({ phone: phoneLink, viewer: viewerLink }).closed, reason);
  }
});

Deno.test("Relays takes 15 frames and 1 MiB a second of a phone, and counts the rest", () => {
  const many = setUp();
  for (let at = 0; at < 1_000; at++) {
    many.clock.nowMs += 10;
    many.phoneLink.raw(fakeFrame(at));
    if (many.viewerLink.frameIds.at(-1) === at) many.viewerLink.say({ type: "ack", frame: at });
  }
  const { framesSent, framesDropped, framesReceived } = many.relays.counters;
  assert.equal(framesReceived, 1_000);
  assert.ok(framesSent >= 150 && framesSent <= 160, `${framesSent} in 10 s`);
  assert.equal(framesSent + framesDropped["too-fast"], 1_000);
  const large = setUp();
  for (let at = 0; at < 100; at++) {
    large.clock.nowMs += 100;
    large.phoneLink.raw(fakeFrame(at, 500 * 1024));
    large.viewerLink.say({ type: "ack", frame: at });
  }
  const mib = large.relays.counters.bytesSent / 1024 / 1024;
  assert.ok(mib > 9 && mib < 13, `${mib} MiB in 10 s`);
});
