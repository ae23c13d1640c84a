import assert from "node:assert/strict";
import type { FromRelayWire, PeerId, ToRelayMessage, ToRelayWire } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FakeWorker } from "../inference/testing/fake_worker.ts";
import type { RelayedChannels } from "../rtc/relayed_way.ts";
import { CONTROL, TextChannel } from "../rtc/text_channel.ts";
import { PhoneRelay, type PhoneRelayState } from "./phone_relay.ts";
import type { WireEvents } from "./wire.ts";

interface FakeLink {
  readonly peer: { readonly id: PeerId; readonly role: "owner"; readonly instance: never };
  relay: RelayedChannels | null;
  setRelay(relay: RelayedChannels | null): void;
}

function fakeLink(id: string): FakeLink {
  return {
    peer: { id: id as PeerId, role: "owner", instance: "i" as never },
    relay: null,
    setRelay(relay) {
      this.relay = relay;
    },
  };
}

function setUp() {
  const timers = new FakeTimers();
  const wires: { events: WireEvents; sent: ToRelayWire[]; isClosed: boolean }[] = [];
  const said: ToRelayMessage["body"][] = [];
  const states: PhoneRelayState[] = [];
  const links: FakeLink[] = [fakeLink("one")];
  const relay = new PhoneRelay({
    timers,
    log: () => {},
    openWire(_kind, _ticket, events) {
      const wire = { events, sent: [] as ToRelayWire[], isClosed: false };
      wires.push(wire);
      return {
        bufferedBytes: 0,
        send: (message) => {
          if (typeof message === "string") wire.sent.push(JSON.parse(message));
        },
        close: () => void (wire.isClosed = true),
      };
    },
    startWorker: () => new FakeWorker(),
    links: () => links,
    say: (body) => said.push(body) > 0,
    onState: (state) => states.push(state),
  });
  const hear = (message: FromRelayWire) => wires.at(-1)!.events.onText(message);
  const ticket = () =>
    relay.receive({
      type: "relay",
      phone: "p" as PeerId,
      body: { kind: "ticket", ticket: "t" as never },
    });
  const open = (...viewers: string[]) => {
    ticket();
    hear({ type: "opened" });
    hear({ type: "viewers", viewers: viewers as PeerId[] });
  };
  return { timers, relay, wires, said, states, links, hear, ticket, open };
}

Deno.test("PhoneRelay opens a wire when it is wanted, and says to how many its pictures go", () => {
  const { open, states, relay, wires } = setUp();
  open("one", "two");
  assert.deepEqual(states, [{ kind: "opening" }, { kind: "open", viewers: 2 }]);
  relay.receive({ type: "relay", phone: "p" as PeerId, body: { kind: "ended", cause: "closed" } });
  assert.deepEqual(states.at(-1), { kind: "off" });
  assert.equal(wires[0]!.isClosed, true);
});

Deno.test("PhoneRelay: who refuses sends nothing, and answers every further wish", () => {
  const { open, ticket, said, relay, states, wires } = setUp();
  open("one");
  relay.setRefused(true);
  assert.deepEqual(said, [{ kind: "refuse" }]);
  assert.equal(wires[0]!.isClosed, true);
  assert.deepEqual(states.at(-1), { kind: "refused" });
  ticket();
  assert.deepEqual([said.length, wires.length], [2, 1], "no wire is opened");
  relay.setRefused(false);
  ticket();
  assert.equal(wires.length, 2);
});

Deno.test("PhoneRelay carries a viewer's channels, and gives a reloaded page others", () => {
  const { open, hear, links, relay, wires } = setUp();
  open("one", "elsewhere");
  const heard: string[] = [];
  const channelOf = (link: FakeLink) =>
    new TextChannel<string, string>({
      channel: link.relay!.control,
      kind: CONTROL,
      log: () => {},
      parse: (text) => text,
      onOpen: () => {},
      onMessage: (text) => heard.push(text),
    });
  const first = channelOf(links[0]!);
  hear({ type: "message", from: "one" as PeerId, channel: "control", text: "hello" });
  hear({ type: "message", from: "elsewhere" as PeerId, channel: "control", text: "nobody" });
  assert.deepEqual(heard, ["hello"]);
  assert.equal(first.send("answer"), true);
  assert.deepEqual(wires[0]!.sent.at(-1), {
    type: "message",
    to: "one",
    channel: "control",
    text: '"answer"',
  });
  // The page is loaded again: what comes for it must not reach its earlier self as well.
  const before = links[0]!;
  links[0] = fakeLink("one");
  relay.viewersChanged();
  assert.equal(before.relay, null);
  assert.equal(first.send("late"), false);
  channelOf(links[0]!);
  hear({ type: "message", from: "one" as PeerId, channel: "control", text: "again" });
  assert.deepEqual(heard, ["hello", "again"]);
});

Deno.test("PhoneRelay asks for another ticket when its wire is lost, until it is told of the end", async () => {
  const { open, wires, said, timers, relay, states, links } = setUp();
  open("one");
  wires[0]!.events.onClose("timeout");
  assert.deepEqual(states.at(-1), { kind: "opening" });
  assert.equal(links[0]!.relay, null);
  await timers.advance(10_000);
  assert.ok(said.length >= 2 && said.every(({ kind }) => kind === "ticket"));
  relay.receive({ type: "relay", phone: "p" as PeerId, body: { kind: "ended", cause: "closed" } });
  const asked = said.length;
  await timers.advance(60_000);
  assert.deepEqual([said.length, states.at(-1)], [asked, { kind: "off" }]);
});

Deno.test("PhoneRelay: a wire that ended for good is not asked for again", async () => {
  const { open, wires, said, timers, states } = setUp();
  open("one");
  wires[0]!.events.onClose("ended");
  await timers.advance(60_000);
  assert.deepEqual([said, states.at(-1)], [[], { kind: "off" }]);
});
