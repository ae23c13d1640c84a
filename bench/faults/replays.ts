/** What was good once, tried again: tickets, posts to sessions that have ended, taken messages. */
import { startServer } from "../server.ts";
import { postToEnded } from "./ended_sessions.ts";
import type { FaultCase } from "./fault_case.ts";
import type { RawTarget } from "../raw_socket.ts";
import { type Overheard, replayMessages } from "./replayed_messages.ts";
import { replayTicket } from "./replayed_tickets.ts";
import { newRoom, type PeerRole, RawPeer, type RoomSecrets, secret } from "../room_client.ts";

/** Each with rooms of its own. */
const ROUNDS = 20;

/** See {@linkcode FaultCase}. */
export const replays: FaultCase = {
  name: "replays",
  title: "Replays: used tickets, ended sessions, messages that were taken before",
  limitS: 240,
  needs: null,
  async run({ stack, progress }) {
    const env = { "PEERLENS_JOINS_PER_SECOND": "1000" };
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
        "tickets of bulk links twice at once and again, by other addresses and over both transports; " +
        "POSTs to ended links; a room's messages, sent again by four others",
      answers,
      lost: violations.length === 0
        ? "nothing: the bulk links and the room's own peers still answer"
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
    streamOffer: text(stream("offer", { sdp: "v=0" })),
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

  await owner.peer.sendText(overheard.relayOpen);
  for (const { peer } of [owner, phone]) {
    await peer.until("the relay", ({ type, body }) => type === "relay" && body?.kind === "topic");
  }
  const ticketOf = async (peer: RawPeer) => {
    await peer.send({ type: "ticket-request" });
    return (await peer.until("a ticket", ({ type }) => type === "ticket")).ticket!;
  };
  let tried = 0;
  const violations: string[] = [];
  const bulks: { name: string; bulk: RawPeer }[] = [];
  for (const [name, { peer }] of [["viewer's", owner], ["phone's", phone]] as const) {
    const ticket = await ticketOf(peer);
    const outcome = await replayTicket({ name, ticket, target, attacker }, answers);
    tried += outcome.tried;
    violations.push(...outcome.violations);
    if (outcome.bulk !== null) bulks.push({ name, bulk: outcome.bulk });
  }
  stack.defer(() => bulks.forEach(({ bulk }) => bulk.close()));

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
  for (const { name, bulk } of bulks) {
    if (!await bulk.isAlive(21)) violations.push(`${name} bulk link was cut off`);
  }
  if (!await phone.peer.isAlive()) violations.push("the room's phone was cut off");
  return { tried, violations };
}

async function firstModel(httpUrl: string): Promise<string> {
  const { models } = await (await fetch(`${httpUrl}/api/config`)).json();
  if (models.length === 0) throw new Error("Cannot open a stream: the server has no model");
  return models[0].id;
}
