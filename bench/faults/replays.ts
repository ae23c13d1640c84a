/** What was good once, tried again: tickets, posts to sessions that have ended, taken messages. */
import { startServer } from "../server.ts";
import { postToEnded } from "./ended_sessions.ts";
import type { FaultCase } from "./fault_case.ts";
import type { RawTarget } from "./raw_socket.ts";
import { type Overheard, replayMessages } from "./replayed_messages.ts";
import { isWireAlive, replayTicket, type WirePath } from "./replayed_tickets.ts";
import { newRoom, type PeerRole, RawPeer, type RoomSecrets, secret } from "./room_client.ts";

/** Each with rooms of its own. */
const ROUNDS = 20;

/** See {@linkcode FaultCase}. */
export const replays: FaultCase = {
  name: "replays",
  title: "Replays: used tickets, ended sessions, messages that were taken before",
  limitS: 240,
  needs: null,
  async run({ stack, progress }) {
    const env = { "PEERLENS_JOINS_PER_SECOND": "1000", "PEERLENS_MODELS": "" };
    const server = stack.use(await startServer({ flags: ["--mode", "server"], env }));
    const modelId = await firstModel(server.httpUrl);
    const answers: Record<string, number> = {};
    const violations: string[] = [];
    let tried = 0;
    for (let i = 0; i < ROUNDS; i++) {
      progress.step(`round ${i + 1} of ${ROUNDS}`);
      progress.check();
      const round = await tryRound(server.ports.http, modelId, answers);
      tried += round.tried;
      violations.push(...round.violations);
    }
    return {
      tried,
      what:
        "tickets of relay and frames twice at once and again, by other addresses and carriers; " +
        "POSTs to ended event streams; a room's messages, sent again by four others",
      answers,
      lost: violations.length === 0
        ? "nothing: the wires and the room's own peers still answer"
        : "see violations",
      recoveryMs: [],
      violations,
    };
  },
};

async function tryRound(port: number, modelId: string, answers: Record<string, number>) {
  await using stack = new AsyncDisposableStack();
  const target: RawTarget = { port, localAddress: "127.0.3.1" };
  const attacker: RawTarget = { port, localAddress: "127.0.3.2" };
  const join = async (from: RawTarget, room: RoomSecrets, role: PeerRole) => {
    const joined = await RawPeer.join(from, room, role);
    stack.defer(async () => {
      await joined.peer.send({ type: "leave" });
      joined.peer.close();
    });
    return joined;
  };
  const [room, foreign] = [await newRoom(), await newRoom()];
  const owner = await join(target, room, "owner");
  const phone = await join(target, room, "phone");
  const offer = { type: "offer", sdp: "once", to: owner.id, toInstance: owner.instance };
  const stream = (kind: string, more = {}) => ({
    type: "inference",
    stream: streamName,
    body: { kind, ...more },
  });
  const streamName = secret();
  const relay = (body: Record<string, unknown>) => ({ type: "relay", body });
  const text = JSON.stringify;
  const overheard: Overheard = {
    offer: text(offer),
    streamTicket: text(stream("ticket")),
    streamClose: text(stream("close")),
    relayOpen: text(relay({ kind: "open", phone: phone.id, phoneInstance: phone.instance })),
    relayClose: text(relay({ kind: "close", phone: phone.id })),
    codeRequest: text({ type: "code-request" }),
  };

  await phone.peer.sendText(overheard.offer);
  await owner.peer.until("the offer", ({ type, from }) => type === "offer" && from === phone.id);
  const settings = { modelId, scoreThreshold: 0.5, iouThreshold: 0.5, classes: null };
  await owner.peer.send(stream("settings", { settings }));
  await owner.peer.until("the stream", ({ body }) => body?.kind === "opened");
  await owner.peer.sendText(overheard.codeRequest);
  await owner.peer.until("the code", ({ type }) => type === "code");

  const ticketOf = async (peer: RawPeer, type: string) =>
    (await peer.until("a ticket", (m) => m.type === type && m.body?.ticket !== undefined))
      .body!.ticket!;
  await owner.peer.sendText(overheard.relayOpen);
  const relayTickets = {
    viewer: await ticketOf(owner.peer, "relay"),
    phone: await ticketOf(phone.peer, "relay"),
  };
  await owner.peer.sendText(overheard.streamTicket);
  const attacks: { name: string; path: WirePath; ticket: string }[] = [
    { name: "relay, viewer's", path: "/api/relay", ticket: relayTickets.viewer },
    { name: "relay, phone's", path: "/api/relay", ticket: relayTickets.phone },
    { name: "frames", path: "/api/frames", ticket: await ticketOf(owner.peer, "inference") },
  ];
  let tried = 0;
  const violations: string[] = [];
  const wires: { name: string; path: WirePath; wire: RawPeer }[] = [];
  for (const attack of attacks) {
    const outcome = await replayTicket({ ...attack, target, attacker }, answers);
    tried += outcome.tried;
    violations.push(...outcome.violations);
    if (outcome.wire !== null) wires.push({ ...attack, wire: outcome.wire });
  }
  stack.defer(() => wires.forEach(({ wire }) => wire.close()));

  const posted = await postToEnded({ room, owner, target: attacker }, answers);
  const other = await join(attacker, room, "phone");
  const replayed = await replayMessages(overheard, {
    "another room's owner": (await join(attacker, foreign, "owner")).peer,
    "another room's phone": (await join(attacker, foreign, "phone")).peer,
    "a view-only viewer": (await join(attacker, room, "viewer")).peer,
    "the room's other phone": other.peer,
  }, answers);
  tried += posted.tried + replayed.tried;
  violations.push(...posted.violations, ...replayed.violations);

  const heardFrom: (string | undefined)[] = [];
  await owner.peer.send({ type: "ping", nonce: 41 });
  await owner.peer.until("a pong", ({ type, nonce, from }) => {
    if (type === "offer") heardFrom.push(from);
    return type === "pong" && nonce === 41;
  });
  if (heardFrom.length !== 1 || heardFrom[0] !== other.id) {
    violations.push(`the owner heard ${heardFrom.length} offers, not the other phone's own one`);
  }
  for (const { name, path, wire } of wires) {
    if (!await isWireAlive(wire, path)) violations.push(`${name}: the wire was cut off`);
  }
  if (!await phone.peer.isAlive()) violations.push("the room's phone was cut off");
  return { tried, violations };
}

async function firstModel(httpUrl: string): Promise<string> {
  const { models } = await (await fetch(`${httpUrl}/api/config`)).json();
  if (models.length === 0) throw new Error("Cannot open a stream: the server has no model");
  return models[0].id;
}
