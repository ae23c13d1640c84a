import assert from "node:assert/strict";
import type { CameraName, FromClientMessage, FromServerMessage, PeerInfo } from "@/protocol";
import { FakeTimers, settle } from "../base/testing/fake_timers.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import { PhonePeer } from "./phone_peer.ts";
import { ABSENT_KEEP_MS, CodeError, RoomSession } from "./room_session.ts";
import { FakeConnection } from "./testing/fake_connection.ts";

const SELF = { id: "me", role: "owner", instance: "1" } as PeerInfo;
const PHONE = { id: "phone", role: "phone", instance: "1" } as PeerInfo;
const JOINED: ServerLinkState = { kind: "joined", transport: "websocket", self: SELF };

const turn = (credential: string) => ({ urls: ["turn:t.example"], username: "9:room", credential });

/** A viewer's session whose server is this test. */
function setup(more: {
  createConnection?: () => never;
  onStream?: (message: unknown) => void;
  onCameras?: (cameras: unknown) => void;
  onRefused?: (code: string) => void;
} = {}) {
  const timers = new FakeTimers();
  const sent: FromClientMessage[] = [];
  const connections: FakeConnection[] = [];
  const configurations: RTCConfiguration[] = [];
  const changes: string[] = [];
  const joins: boolean[] = [];
  const makeSignal = () => ({
    state: { kind: "connecting", cause: null, sinceMs: 0 } as ServerLinkState,
    send(message: FromClientMessage) {
      if (this.state.kind === "joined") sent.push(message);
      return this.state.kind === "joined";
    },
    retry() {},
    close() {},
    openTopic: () => assert.fail("no topic was given"),
    watchClosely: () => {},
  });
  let signal = makeSignal();
  let events: {
    onState(state: ServerLinkState): void;
    onMessage(message: FromServerMessage): void;
  } = { onState() {}, onMessage() {} };
  const session = new RoomSession<PhonePeer>({
    connect: (given) => {
      events = given;
      joins.push(given.hasWebRtc);
      return signal = makeSignal();
    },
    timers,
    watchPage: () => () => {},
    log: () => {},
    createConnection: (configuration) => {
      const connection = new FakeConnection();
      connections.push(connection);
      configurations.push(configuration);
      return connection as never;
    },
    createPeer: (info, io) => new PhonePeer(info, io),
    onState: () => {},
    ...more,
    onPeer: ({ kind, peer }) => changes.push(`${kind} ${peer.info.id}.${peer.info.instance}`),
  });
  const become = (state: ServerLinkState) => {
    signal.state = state;
    events.onState(state);
  };
  const join = (...peers: PeerInfo[]) => {
    become(JOINED);
    const iceServers = [turn("first")];
    events.onMessage({ type: "joined", version: 1, self: SELF, peers, iceServers });
  };
  const lose = () => become({ kind: "waiting", cause: "lost", sinceMs: 0, retryAtMs: 0 });
  const say = (message: unknown) => events.onMessage(message as FromServerMessage);
  const offer = (from = PHONE, session = "77") =>
    say({
      type: "offer",
      sdp: `v=0\r\no=- ${session} 1 IN IP4 0.0.0.0\r\n`,
      from: from.id,
      fromInstance: from.instance,
    });
  return {
    timers,
    sent,
    connections,
    configurations,
    changes,
    joins,
    session,
    become,
    join,
    lose,
    say,
    offer,
  };
}

Deno.test("RoomSession sends a peer away, and lets go of all when it is sent away itself", () => {
  const { join, changes, sent, session, become } = setup();
  const other = { ...PHONE, id: "other" } as PeerInfo;
  session.sendAway(PHONE.id);
  join(PHONE, other);
  assert.deepEqual(sent, []);
  session.sendAway(PHONE.id);
  assert.deepEqual(sent, [{ type: "send-away", peer: PHONE.id }]);
  assert.equal(changes.at(-1), "removed phone.1");
  become({ kind: "refused", code: "bad-version" });
  assert.equal(session.peers.length, 1);
  become({ kind: "refused", code: "sent-away" });
  assert.deepEqual([changes.at(-1), session.peers.length], ["removed other.1", 0]);
});

Deno.test("RoomSession answers the offer of a phone in its room, to that load of its page", async () => {
  const { join, offer, sent, connections } = setup();
  join(PHONE);
  offer();
  await settle();
  assert.equal(connections.length, 1);
  const answer = sent.find((message) => message.type === "answer");
  assert(answer?.type === "answer");
  assert.equal(answer.to, PHONE.id);
  assert.equal(answer.toInstance, PHONE.instance);
});

Deno.test("RoomSession comes in again without WebRTC where no connection can be made", async () => {
  const { join, offer, joins, changes, session } = setup({
    createConnection: () => assert.fail("blocked"),
  });
  join(PHONE);
  offer();
  await settle();
  assert.deepEqual(joins, [true, false]);
  join(PHONE);
  assert.deepEqual(changes, ["added phone.1", "removed phone.1", "added phone.1"]);
  assert.deepEqual(session.peers[0]?.connectionState, { kind: "impossible", where: "here" });
});

Deno.test("RoomSession drops what strangers and older loads of a page send", async () => {
  const { join, offer, connections } = setup();
  join(PHONE);
  offer({ ...PHONE, id: "stranger" } as unknown as PeerInfo);
  offer({ ...PHONE, instance: "0" } as unknown as PeerInfo);
  await settle();
  assert.equal(connections.length, 0);
});

Deno.test("RoomSession keeps a running connection over a lost link of either side", async () => {
  const { join, lose, offer, say, connections, session, timers, changes } = setup();
  join(PHONE);
  offer();
  await settle();
  connections[0]!.setState("connected");
  lose();
  await timers.advance(10_000);
  join(PHONE);
  say({ type: "peer-left", peerId: PHONE.id, instance: PHONE.instance, reason: "lost" });
  await timers.advance(10 * ABSENT_KEEP_MS);
  assert.equal(session.peers[0]?.connectionState.kind, "connected");
  assert.equal(connections[0]!.isClosed, false);
  say({ type: "peer-joined", peer: PHONE });
  assert.equal(session.peers[0]?.isReachable, true);
  assert(!changes.includes("removed phone.1"));
});

Deno.test("RoomSession gives up an absent peer once its connection is gone", async () => {
  const { join, offer, say, connections, session, timers } = setup();
  join(PHONE);
  offer();
  await settle();
  connections[0]!.setState("connected");
  say({ type: "peer-left", peerId: PHONE.id, instance: PHONE.instance, reason: "lost" });
  connections[0]!.setState("failed");
  await timers.advance(ABSENT_KEEP_MS);
  assert.deepEqual(session.peers, []);
  assert(connections[0]!.isClosed);
});

Deno.test("RoomSession closes at once on leaving, and replaces a reloaded page", async () => {
  const { join, offer, say, connections, changes } = setup();
  join(PHONE);
  offer();
  await settle();
  say({ type: "peer-joined", peer: { ...PHONE, instance: "2" } });
  assert(connections[0]!.isClosed);
  say({ type: "peer-left", peerId: PHONE.id, instance: "2", reason: "left" });
  assert.deepEqual(changes.filter((change) => !change.startsWith("changed")), [
    "added phone.1",
    "removed phone.1",
    "added phone.2",
    "removed phone.2",
  ]);
});

Deno.test("RoomSession follows a phone that makes a fresh connection, and ignores the old one", async () => {
  const { join, offer, connections } = setup();
  join(PHONE);
  offer(PHONE, "77");
  await settle();
  offer(PHONE, "78");
  await settle();
  assert.equal(connections.length, 2);
  assert(connections[0]!.isClosed);
  offer(PHONE, "77");
  await settle();
  assert.equal(connections.length, 2);
});

Deno.test("RoomSession.requestCode() gives the code, the refusal, or the loss", async () => {
  const { join, lose, say, session, timers, sent } = setup();
  const isError = (code: string) => (error: unknown) =>
    error instanceof CodeError && error.code === code;
  await assert.rejects(session.requestCode(), isError("lost"));
  join();
  const first = session.requestCode();
  assert.deepEqual(sent, [{ type: "code-request" }]);
  say({ type: "code", code: "ABC123", expiresInMs: 60_000 });
  assert.equal((await first).code, "ABC123");

  const refused = assert.rejects(session.requestCode(), isError("not-allowed"));
  say({ type: "error", code: "not-allowed", message: "", fatal: false });
  await refused;
  const lost = assert.rejects(session.requestCode(), isError("lost"));
  lose();
  await lost;
  join();
  const late = assert.rejects(session.requestCode(), isError("lost"));
  await timers.advance(60_000);
  await late;
});

Deno.test("RoomSession.close() closes every connection and leaves no peer", async () => {
  const { join, offer, session, connections } = setup();
  join(PHONE);
  offer();
  await settle();
  session.close({ leave: true });
  assert(connections[0]!.isClosed);
  assert.deepEqual(session.peers, []);
});

Deno.test("RoomSession passes on what is said about streams, both ways, while it is in the room", () => {
  const heard: unknown[] = [];
  const { session, sent, join, say } = setup({ onStream: (message) => heard.push(message) });
  const ask = { type: "inference", stream: "s", body: { kind: "ticket" } } as never;
  assert.equal(session.sendStream(ask), false);
  join();
  assert.equal(session.sendStream(ask), true);
  assert.deepEqual(sent, [ask]);
  const answer = { type: "inference", stream: "s", body: { kind: "ended", cause: "closed" } };
  say(answer);
  assert.deepEqual(heard, [answer]);
});

Deno.test("RoomSession connects by the ICE servers that it was last told, and renews those of a connection", async () => {
  const { join, offer, say, connections, configurations, session } = setup();
  assert.deepEqual(session.iceServers, []);
  join(PHONE);
  offer();
  await settle();
  assert.deepEqual(configurations[0]?.iceServers, [turn("first")]);
  say({ type: "ice-servers", iceServers: [turn("second")] });
  assert.deepEqual(connections[0]!.configuration?.iceServers, [turn("second")]);
  // Another load of the phone's page: a fresh connection.
  say({ type: "peer-joined", peer: { ...PHONE, instance: "2" } });
  offer({ ...PHONE, instance: "2" } as unknown as PeerInfo, "78");
  await settle();
  assert.deepEqual(configurations[1]?.iceServers, [turn("second")]);
  assert.deepEqual(session.iceServers, [turn("second")]);
});

Deno.test("RoomSession uses cameras of the server, and hears of them and of what is refused", async () => {
  const heard: unknown[] = [];
  const { session, join, say, sent } = setup({
    onCameras: (cameras) => heard.push(cameras),
    onRefused: (code) => heard.push(code),
  });
  const ball = "ball" as CameraName;
  assert.equal(session.useCamera(ball, true), false);
  join();
  assert.equal(session.useCamera(ball, true), true);
  assert.deepEqual(sent.at(-1), { type: "use-camera", name: ball, on: true });
  const camera = { name: ball, kind: "scene", status: "idle", problem: null };
  say({ type: "cameras", cameras: [camera] });
  const code = session.requestCode();
  say({ type: "error", code: "unknown-camera", message: "", fatal: false });
  assert.deepEqual(heard, [[camera], "unknown-camera"]);
  // It is none of who waits for a code.
  say({ type: "code", code: "ABCDEF", expiresInMs: 1 });
  assert.equal((await code).code, "ABCDEF");
});

Deno.test("RoomSession keeps a camera of the server while its own link is lost, and no longer than the server", async () => {
  const camera = { ...PHONE, id: "camera", camera: "ball" } as PeerInfo;
  const { join, lose, offer, connections, changes, session } = setup();
  join(camera, PHONE);
  offer(camera);
  await settle();
  connections[0]!.setState("connected");
  lose();
  assert.equal(session.peers.length, 2);
  join(camera, PHONE);
  assert.deepEqual([session.peers.length, session.peers[0]!.isReachable], [2, true]);
  lose();
  // Another server: it knows neither, and the phone is likely to come.
  join();
  assert.ok(changes.includes("removed camera.1"));
  assert.deepEqual(session.peers.map(({ info }) => info.id), [PHONE.id]);
});
