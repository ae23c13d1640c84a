import assert from "node:assert/strict";
import type { FromRelayTopic, PeerId, ToRelayMessage, ToRelayTopic } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FakeWorker } from "../inference/testing/fake_worker.ts";
import { type FakeTopic, fakeTopics } from "../link/testing/fake_topics.ts";
import type { RelayedChannels } from "../rtc/relay.ts";
import { CONTROL, TextChannel } from "../rtc/text_channel.ts";
import { PhoneRelay, type PhoneRelayState } from "./phone_relay.ts";

const [ONE, TWO, ELSEWHERE] = ["1", "2", "3"].map((letter) => letter.repeat(22) as PeerId) as [
  PeerId,
  PeerId,
  PeerId,
];

interface FakeViewer {
  readonly info: { readonly id: PeerId; readonly role: "owner"; readonly instance: never };
  relay: RelayedChannels | null;
  setRelay(relay: RelayedChannels | null): void;
}

function fakeViewer(id: PeerId): FakeViewer {
  return {
    info: { id, role: "owner", instance: "i" as never },
    relay: null,
    setRelay(relay) {
      this.relay = relay;
    },
  };
}

function setUp() {
  const timers = new FakeTimers();
  const topics: FakeTopic[] = [];
  const said: ToRelayMessage["body"][] = [];
  const states: PhoneRelayState[] = [];
  const viewers: FakeViewer[] = [fakeViewer(ONE)];
  const relay = new PhoneRelay({
    timers,
    log: () => {},
    openTopic: fakeTopics(topics),
    startWorker: () => new FakeWorker(),
    viewers: () => viewers,
    say: (body) => said.push(body) > 0,
    onState: (state) => states.push(state),
  });
  const hear = (message: FromRelayTopic) => topics.at(-1)!.hear(JSON.stringify(message));
  const sent = (topic: FakeTopic): ToRelayTopic[] =>
    topic.sent.map((data) => JSON.parse(String(data)));
  const wanted = (topic = 1) => {
    relay.receive({ type: "relay", phone: "p" as PeerId, body: { kind: "topic", topic } });
    link(true);
  };
  const open = (...viewers: PeerId[]) => {
    wanted();
    hear({ type: "viewers", viewers });
  };
  const link = (isLinked: boolean) => topics.at(-1)?.link(isLinked ? "websocket" : null);
  return { timers, relay, topics, sent, said, states, viewers, hear, wanted, open, link };
}

Deno.test("PhoneRelay opens its topic when it is wanted, and says to how many its pictures go", () => {
  const { open, states, relay, topics, sent } = setUp();
  open(ONE, TWO);
  assert.deepEqual(sent(topics[0]!), [{ type: "ready" }]);
  assert.deepEqual(states, [{ kind: "opening" }, { kind: "open", viewers: 2 }]);
  relay.receive({ type: "relay", phone: "p" as PeerId, body: { kind: "ended", cause: "closed" } });
  assert.deepEqual(states.at(-1), { kind: "off" });
  assert.equal(topics[0]!.isClosed, true);
});

Deno.test("PhoneRelay: who refuses sends nothing, and answers every further wish", () => {
  const { open, wanted, said, relay, states, topics } = setUp();
  open(ONE);
  relay.setRefused(true);
  assert.deepEqual(said, [{ kind: "refuse", cause: "refused" }]);
  assert.equal(topics[0]!.isClosed, true);
  assert.deepEqual(states.at(-1), { kind: "refused" });
  wanted();
  assert.deepEqual([said.length, topics.length], [2, 1], "no topic is opened");
  relay.setRefused(false);
  wanted();
  assert.equal(topics.length, 2);
});

Deno.test("PhoneRelay: a browser that makes no pictures is no person's refusal", () => {
  const { open, wanted, said, relay, states, topics } = setUp();
  open(ONE);
  relay.fail("No frames.");
  wanted();
  const refusal = { kind: "refuse", cause: "failed" };
  assert.deepEqual(said, [refusal, refusal]);
  assert.deepEqual([states.at(-1), topics.length], [{ kind: "failed", message: "No frames." }, 1]);
});

Deno.test("PhoneRelay carries a viewer's channels, and gives a reloaded page others", () => {
  const { open, hear, viewers, relay, topics, sent } = setUp();
  open(ONE, ELSEWHERE);
  const heard: string[] = [];
  const channelOf = (viewer: FakeViewer) =>
    new TextChannel<string, string>({
      channel: viewer.relay!.control,
      kind: CONTROL,
      timers: new FakeTimers(),
      log: () => {},
      parse: (text) => text,
      onOpen: () => {},
      onMessage: (text) => heard.push(text),
    });
  const first = channelOf(viewers[0]!);
  hear({ type: "message", from: ONE, channel: "control", text: "hello" });
  hear({ type: "message", from: ELSEWHERE, channel: "control", text: "nobody" });
  assert.deepEqual(heard, ["hello"]);
  assert.equal(first.send("answer"), true);
  assert.deepEqual(sent(topics[0]!).at(-1), {
    type: "message",
    to: ONE,
    channel: "control",
    text: '"answer"',
  });
  // The page is loaded again: what comes for it must not reach its earlier self as well.
  const before = viewers[0]!;
  viewers[0] = fakeViewer(ONE);
  relay.viewersChanged();
  assert.equal(before.relay, null);
  assert.equal(first.send("late"), false);
  channelOf(viewers[0]!);
  hear({ type: "message", from: ONE, channel: "control", text: "again" });
  assert.deepEqual(heard, ["hello", "again"]);
});

Deno.test("PhoneRelay goes on when its link is back, and sends nothing meanwhile", () => {
  const { open, link, hear, topics, sent, states, viewers } = setUp();
  open(ONE);
  link(false);
  assert.deepEqual(states.at(-1), { kind: "opening" });
  assert.equal(viewers[0]!.relay, null);
  link(true);
  assert.deepEqual(sent(topics[0]!), [{ type: "ready" }, { type: "ready" }]);
  hear({ type: "viewers", viewers: [ONE] });
  assert.deepEqual(states.at(-1), { kind: "open", viewers: 1 });
  assert.ok(viewers[0]!.relay !== null);
});

Deno.test("PhoneRelay says again that it hears when it is told again, and takes another topic", () => {
  const { open, wanted, hear, topics, states } = setUp();
  open(ONE);
  wanted();
  assert.deepEqual(topics.map(({ number, sent }) => [number, sent.length]), [[1, 1], [1, 1]]);
  assert.equal(states.at(-1)?.kind, "open");
  wanted(2);
  assert.deepEqual([topics.length, topics[1]!.isClosed], [3, true]);
  hear({ type: "viewers", viewers: [ONE] });
  assert.deepEqual(states.at(-1), { kind: "open", viewers: 1 });
});

Deno.test("PhoneRelay ends when a server that was started anew knows nothing of it", async () => {
  const { open, link, timers, states, topics } = setUp();
  open(ONE);
  link(false);
  await timers.advance(60_000);
  assert.deepEqual(states.at(-1), { kind: "opening" }, "the link may take its time");
  link(true);
  await timers.advance(10_000);
  assert.deepEqual([states.at(-1), topics[0]!.isClosed], [{ kind: "off" }, true]);
});
