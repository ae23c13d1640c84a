import assert from "node:assert/strict";
import {
  type Instance,
  type PeerId,
  type RelayedSource,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { FrameTransport, FrameTransportIo, FromStreamBody } from "./frame_transport.ts";
import { InferenceStream } from "./inference_stream.ts";

const SETTINGS: StreamSettings = {
  modelId: "m",
  scoreThreshold: 0.4,
  iouThreshold: 0.5,
  classes: null,
};

/** A transport that only notes what happens to it. */
class NotedTransport implements FrameTransport {
  readonly kind: FrameTransport["kind"];
  readonly io: FrameTransportIo;
  readonly sent: unknown[] = [];
  readonly received: FromStreamBody[] = [];
  maxMessageBytes = 1000;
  bufferedBytes = 7;
  isClosed = false;
  isOpen = false;

  constructor(kind: FrameTransport["kind"], io: FrameTransportIo) {
    this.kind = kind;
    this.io = io;
  }

  /** It is open from now on. */
  open(): void {
    this.isOpen = true;
    this.io.onOpen();
  }

  send(message: unknown): boolean {
    this.sent.push(message);
    return !this.isClosed;
  }

  receive(body: FromStreamBody): void {
    this.received.push(body);
  }

  giveUp(): void {
    this.close();
    this.io.onClose();
  }

  close(): void {
    this.isClosed = true;
    this.isOpen = false;
  }
}

async function setup(relayed: RelayedSource | null = null) {
  const topics: number[] = [];
  const timers = new FakeTimers();
  const said: ToStreamMessage[] = [];
  const states: string[] = [];
  const transports: NotedTransport[] = [];
  const room = { isJoined: true };
  let names = 0;
  let closed = 0;
  const open = (kind: FrameTransport["kind"]) => (io: FrameTransportIo) => {
    const transport = new NotedTransport(kind, io);
    transports.push(transport);
    return transport;
  };
  const stream = new InferenceStream({
    settings: SETTINGS,
    timers,
    log: () => {},
    newName: () => `stream ${++names}` as Instance,
    send: (message) => room.isJoined && said.push(message) > 0,
    onExpecting: () => {},
    onClosed: () => closed += 1,
    relayed,
    transportOpeners: (topic) => {
      topics.push(topic);
      const datachannel = relayed === null ? open("datachannel") : null;
      return { datachannel, link: open("websocket") };
    },
    events: {
      onState(state) {
        states.push(state.kind === "open" ? `open ${state.transport} ${state.runMs}` : state.kind);
      },
      onText: (text) => states.push(text),
      takeTopic() {},
    },
  });
  await timers.advance(0);
  const answer = (body: FromStreamBody, stream = said.at(-1)!.stream) =>
    void tell({ type: "inference", stream, body } as never);
  const tell = (message: Parameters<typeof stream.receive>[0]) => stream.receive(message);
  const opened = () => answer({ kind: "opened", modelId: "m", runMs: 12, topic: 5 });
  return {
    timers,
    said,
    states,
    transports,
    topics,
    room,
    stream,
    answer,
    opened,
    closed: () => closed,
  };
}

Deno.test("InferenceStream opens with its settings, then the DataChannel, and sends over it", async () => {
  const { said, states, transports, stream, opened } = await setup();
  assert.deepEqual(said.map(({ body }) => body), [{ kind: "settings", settings: SETTINGS }]);
  assert.deepEqual([stream.send("early"), stream.maxMessageBytes], [false, 0]);
  opened();
  assert.deepEqual(transports.map(({ kind }) => kind), ["datachannel"]);
  transports[0]!.open();
  assert.equal(states.at(-1), "open datachannel 12");
  assert.deepEqual([stream.bufferedBytes, stream.maxMessageBytes], [7, 1000]);
  const chunk = new Uint8Array(3);
  assert.deepEqual([stream.send(chunk), stream.send("ping")], [true, true]);
  assert.deepEqual(transports[0]!.sent, [chunk, "ping"]);
  transports[0]!.io.onText("pong");
  assert.equal(states.at(-1), "pong");
});

Deno.test("InferenceStream changes to the bulk link after 3 s and back, without a word of it to the server", async () => {
  const { timers, transports, states, opened, said } = await setup();
  opened();
  const before = said.length;
  await timers.advance(3000);
  assert.deepEqual(transports.map(({ kind }) => kind), ["datachannel", "websocket"]);
  transports[1]!.open();
  assert.equal(states.at(-1), "open websocket 12");
  transports[0]!.open();
  assert.equal(states.at(-1), "open datachannel 12");
  assert.equal(transports[1]!.isClosed, true);
  assert.equal(said.length, before);
});

Deno.test("InferenceStream replaces a transport that is given up", async () => {
  const { transports, states, stream, opened } = await setup();
  opened();
  transports[0]!.open();
  stream.giveUpTransport();
  assert.equal(transports[0]!.isClosed, true);
  assert.equal(transports[1]?.kind, "websocket");
  assert.equal(states.at(-1), "connecting");
});

Deno.test("InferenceStream says when nothing gets through to the server, and goes on once there is one", async () => {
  const { timers, transports, states, opened, stream } = await setup();
  opened();
  await timers.advance(4_900);
  assert.equal(states.at(-1), "connecting");
  await timers.advance(200);
  assert.equal(states.at(-1), "waiting");
  transports.at(-1)!.open();
  assert.equal(states.at(-1), `open ${transports.at(-1)!.kind} 12`);
  await timers.advance(6_000);
  assert.equal(states.filter((state) => state === "waiting").length, 1);
  stream.giveUpTransport();
  assert.equal(states.at(-1), "connecting");
  await timers.advance(5_100);
  assert.equal(states.at(-1), "waiting");
  stream.close();
  assert.equal(timers.pending, 0);
});

Deno.test("InferenceStream gives back the place of a try that was never answered", async () => {
  const { said, stream } = await setup();
  const [first] = said;
  stream.rejoined();
  assert.deepEqual(said[1], { type: "inference", stream: first!.stream, body: { kind: "close" } });
  assert.equal(said[2]!.body.kind, "settings");
  stream.close();
});

Deno.test("InferenceStream comes back under a new name after a restart of the inference process", async () => {
  const { timers, transports, states, said, answer, opened } = await setup();
  opened();
  transports[0]!.open();
  answer({ kind: "ended", cause: "restarting" });
  assert.equal(states.at(-1), "waiting");
  assert.equal(transports[0]!.isClosed, true);
  await timers.advance(150);
  assert.notEqual(said.at(-1)!.stream, said[0]!.stream);
  answer({ kind: "opened", modelId: "m", runMs: 1, topic: 6 }, said[0]!.stream);
  assert.equal(transports.length, 1, "an answer to the former name opens nothing");
  opened();
  transports[1]!.open();
  assert.equal(states.at(-1), "open datachannel 12");
});

Deno.test("InferenceStream ends where the server has no inference or no such model", async () => {
  for (const cause of ["unavailable", "unknown-model"] as const) {
    const { timers, states, answer, said, closed } = await setup();
    answer({ kind: "ended", cause });
    assert.equal(states.at(-1), "ended");
    assert.equal(closed(), 1);
    const before = said.length;
    await timers.advance(60_000);
    assert.equal(said.length, before);
    assert.equal(timers.pending, 0);
  }
});

Deno.test("InferenceStream opens anew when the page is in its room again", async () => {
  const { timers, said, states, room, stream, opened, transports } = await setup();
  opened();
  transports[0]!.open();
  room.isJoined = false;
  stream.setSettings({ ...SETTINGS, scoreThreshold: 0.9 });
  assert.equal(states.at(-1), "open datachannel 12", "frames go on without signalling");
  room.isJoined = true;
  stream.rejoined();
  assert.equal(transports[0]!.isClosed, true);
  const { body } = said.at(-1)!;
  assert.equal(body.kind === "settings" && body.settings.scoreThreshold, 0.9);
  stream.close();
  assert.equal(said.at(-1)!.body.kind, "close");
  assert.equal(timers.pending, 0);
});

Deno.test("InferenceStream waits and tries again while signalling is away or the server is full", async () => {
  const { timers, states, said, answer, room } = await setup();
  answer({ kind: "ended", cause: "too-many-streams" });
  assert.equal(states.at(-1), "waiting");
  room.isJoined = false;
  await timers.advance(20_000);
  assert.equal(states.at(-1), "waiting");
  room.isJoined = true;
  const before = said.length;
  await timers.advance(20_000);
  assert(said.length > before);
});

Deno.test("InferenceStream says what was changed while the server opened it, once", async () => {
  const { said, stream, opened } = await setup();
  const settings = { ...SETTINGS, scoreThreshold: 0.9 };
  stream.setSettings(settings);
  assert.equal(said.length, 1);
  opened();
  assert.deepEqual(said.slice(1).map(({ body }) => body), [{ kind: "settings", settings }]);
  opened();
  assert.equal(said.length, 2);
});

Deno.test("InferenceStream of relayed pictures says whose they are, and uses the bulk link only", async () => {
  const relayed = { phone: "p" as PeerId, clockOffsetMs: null, minIntervalMs: 0 };
  const { said, transports, topics, states, stream, opened, timers } = await setup(relayed);
  assert.deepEqual(said[0]?.body, { kind: "settings", settings: SETTINGS, relayed });
  opened();
  assert.deepEqual([transports.map(({ kind }) => kind), topics], [["websocket"], [5]]);
  transports[0]!.open();
  assert.equal(states.at(-1), "open websocket 12");
  await timers.advance(60_000);
  assert.equal(transports.length, 1);
  const known = { ...relayed, clockOffsetMs: 7 };
  stream.setSettings(SETTINGS, known);
  assert.deepEqual(said.at(-1)?.body, { kind: "settings", settings: SETTINGS, relayed: known });
});
