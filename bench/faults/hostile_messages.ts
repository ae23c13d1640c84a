/** Messages that nobody may send: generated, in great number, beside a room that must not notice. */
import { startServer } from "../server.ts";
import { type FaultCase, pick, tally } from "./fault_case.ts";
import { messageIn } from "../records.ts";
import {
  encodeFrame,
  OP,
  openRaw,
  RawSocket,
  readFrame,
  readHead,
  recordFrame,
} from "../raw_socket.ts";
import {
  joinMessage,
  newRoom,
  RawPeer,
  type RoomSecrets,
  secret,
  type ServerMessage,
} from "../room_client.ts";

/** So many are sent over WebSockets, by each kind in turn. */
const MESSAGES = 100_000;

/** Messages of a kind on one connection, where the app does not close behind the first. */
const BATCH = 20;

/** Those that attack at once, each from an address of its own. */
const ATTACKERS = 8;

/** Of HTTP requests with a foreign `Origin` or `Host`. */
const REQUESTS = 2_000;

/** What a generated message may know: all but the secrets. */
interface Knowledge {
  readonly victim: RoomSecrets;
  readonly victimIds: readonly string[];
  readonly own: RoomSecrets;
  /** A message of the victim's owner as it was sent, without its token. */
  readonly overheard: Record<string, unknown>;
}

/** What is answered when all before it has been. */
const END = JSON.stringify({ type: "ping", nonce: 11 });

/** Text as it is, or what is said as JSON. */
type Make = (random: () => number, knowledge: Knowledge) => string | object;

const text = JSON.stringify;

/** Any value, nested a little. */
function anything(random: () => number, depth = 0): unknown {
  const kind = Math.floor(random() * (depth > 3 ? 6 : 8));
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return (random() - 0.5) * 2 ** Math.floor(random() * 70);
  const times = <T>(length: number, make: () => T) => Array.from({ length }, make);
  if (kind === 3) {
    return String.fromCodePoint(...times(5, () => 1 + Math.floor(random() * 0xd7f0)));
  }
  if (kind === 4) return pick(random, ["join", "offer", "owner", "__proto__", "constructor", ""]);
  if (kind === 5) return secret();
  if (kind === 6) return times(Math.floor(random() * 5), () => anything(random, depth + 1));
  const keys = ["type", "to", "sdp", "roomId", "token", "__proto__", "from", "candidate", "x"];
  const field = () => [pick(random, keys), anything(random, depth + 1)] as const;
  return Object.fromEntries(times(Math.floor(random() * 6), field));
}

/** A kind of message; whether whoever sends it has joined a room of its own, and stays in it. */
interface Kind {
  readonly inside: boolean;
  readonly stays?: true;
  /** Its bytes are sent as they are, or as a record of this topic. @default {0} */
  readonly on?: "nothing" | number;
  readonly make: Make;
}

const inside = (make: Make, more: Partial<Kind> = {}): Kind => ({ inside: true, make, ...more });
const outside = (make: Make): Kind => ({ inside: false, make });
const torn = (random: () => number, mostChars: number) =>
  text(anything(random)).slice(0, Math.floor(random() * mostChars));

const KINDS: Readonly<Record<string, Kind>> = {
  "malformed": inside((random) => torn(random, 400)),
  "unknown fields or types": inside((random) => ({
    ...anything(random) as object,
    type: pick(random, ["offer", "join", "ping", "inference", "admin"]),
  })),
  "deeply nested": inside((random) => "[".repeat(1 + Math.floor(random() * 30_000))),
  "oversized": inside((random) => ({
    type: "offer",
    sdp: "x".repeat(65_536 + Math.floor(random() * 20_000)),
  })),
  "wrong token": outside((random, { victim }) =>
    joinMessage(victim, pick(random, ["owner", "viewer", "phone"]), { token: secret() })
  ),
  "one role's token for another": outside((random, { victim }) => {
    const over = { token: victim.phone, create: undefined };
    return joinMessage(victim, pick(random, ["owner", "viewer"]), over);
  }),
  "somebody else's room to create": outside((_random, { victim, own }) =>
    joinMessage(own, "owner", { roomId: victim.roomId })
  ),
  "across rooms": inside((random, { victimIds }) => ({
    type: pick(random, ["offer", "answer"]),
    sdp: "stolen",
    to: pick(random, victimIds),
    toInstance: secret(),
  }), { stays: true }),
  "in another's name": inside((random, { victimIds }) => ({
    type: "offer",
    sdp: "forged",
    to: pick(random, victimIds),
    toInstance: secret(),
    from: pick(random, victimIds),
  })),
  "the owner's join with another token": outside((_random, { overheard }) => ({
    ...overheard,
    token: secret(),
  })),
  "a ticket that is none": outside(() => ({ type: "open", ticket: secret() })),
  "a bulk link's words on a control link": inside((random) => text(anything(random)), { on: 1 }),
  "bytes that are no record": inside((random) => torn(random, 40), { on: "nothing" }),
  "before joining": outside((random, { victimIds }) => ({
    type: "offer",
    sdp: "early",
    to: pick(random, victimIds),
    toInstance: secret(),
  })),
};

/** See {@linkcode FaultCase}. */
export const hostileMessages: FaultCase = {
  name: "hostile-messages",
  title: "Generated messages: malformed, oversized, forged, across rooms",
  limitS: 900,
  needs: null,
  async run({ stack, progress, random }) {
    const env = {
      "PEERLENS_JOINS_PER_SECOND": "100000",
      "PEERLENS_MAX_SOCKETS_PER_ADDRESS": "1000",
    };
    const { ports } = stack.use(await startServer({ env }));
    const target = { port: ports.http };
    const victim = await newRoom();
    const owner = await RawPeer.join(target, victim, "owner");
    const phone = await RawPeer.join(target, victim, "phone");
    stack.defer(() => [owner, phone].forEach(({ peer }) => peer.close()));
    const heard = watch([owner.peer, phone.peer]);
    const knowledge = async (): Promise<Knowledge> => ({
      victim,
      victimIds: [owner.id, phone.id],
      own: await newRoom(),
      overheard: joinMessage(victim, "owner"),
    });
    const answers: Record<string, number> = {};
    const violations: string[] = [];
    let sent = 0;
    const attacker = async (localAddress: string) => {
      while (sent < MESSAGES) {
        progress.check();
        for (const [name, kind] of Object.entries(KINDS)) {
          const known = await knowledge();
          const { socket, status } = await openRaw({ ...target, localAddress });
          if (status !== 101) throw new Error(`Cannot attack: status ${status}`);
          if (kind.inside) await socket.write(recordFrame(text(joinMessage(known.own, "owner"))));
          const count = kind.stays ? BATCH : 1;
          for (let i = 0; i < count; i++) {
            await socket.write(frameOf(kind, kind.make(random, known)));
          }
          if (kind.stays) await socket.write(recordFrame(END));
          sent += count;
          const codes = await codesOf(socket);
          socket.close();
          const refused = codes.filter((code) => code !== "joined");
          for (const code of refused) tally(answers, `${name}: ${code}`);
          if (refused.length < count) tally(answers, `${name}: closed without a word`);
          const wasLetIn = codes.includes("joined") && !kind.inside;
          if (wasLetIn || codes.filter((code) => code === "joined").length > 1) {
            violations.push(`${name}: the attacker was let in`);
          }
        }
      }
    };
    progress.step(`${MESSAGES} messages`);
    const addresses = Array.from({ length: ATTACKERS }, (_, i) => `127.0.1.${i + 1}`);
    await Promise.all(addresses.map(attacker));
    progress.step(`${REQUESTS} requests`);
    const requests = await foreignRequests(ports.http, random, answers);
    violations.push(...requests.violations);
    const [first] = heard.messages;
    if (first) {
      violations.push(`the room heard ${heard.messages.length} foreign messages: ${text(first)}`);
    }
    heard.stop();
    const isAlive = await owner.peer.isAlive() && await phone.peer.isAlive();
    if (!isAlive) violations.push("the room's own peers were cut off");
    return {
      tried: sent + requests.tried,
      what: `messages of ${Object.keys(KINDS).length} kinds; ` +
        "upgrades and requests with a foreign Origin or Host",
      answers,
      lost: isAlive
        ? "nothing: the room beside them heard none and stayed"
        : "the room's connections",
      recoveryMs: [],
      violations,
    };
  },
};

function frameOf({ on = 0 }: Kind, message: string | object): Uint8Array {
  const made = typeof message === "string" ? message : text(message);
  if (on !== "nothing") return recordFrame(made, on);
  return encodeFrame({ opcode: OP.binary, payload: new TextEncoder().encode(made) });
}

/** How a connection was answered, up to {@linkcode END} or its own end: `joined`, or codes of refusals. */
async function codesOf(socket: RawSocket): Promise<string[]> {
  const codes: string[] = [];
  while (true) {
    const frame = await readFrame(socket, 3_000);
    if (frame === null || frame.opcode === OP.close) return codes;
    const message = messageIn(frame.payload) as ServerMessage | null;
    if (message === null) continue;
    if (message.type === "pong") return codes;
    if (message.type === "joined") codes.push("joined");
    if (message.type === "error") codes.push(message.code!);
  }
}

/** Reads for peers; what they hear from others than the server is kept. */
function watch(peers: readonly RawPeer[]): { messages: ServerMessage[]; stop(): void } {
  const messages: ServerMessage[] = [];
  let isOver = false;
  for (const peer of peers) {
    const read = async () => {
      while (!isOver) {
        const message = await peer.next(500);
        if (message === null && peer.socket.ended) return;
        if (message !== null && !["peer-joined", "pong"].includes(message.type)) {
          messages.push(message);
        } // Silence would end it: its pages ping, and so does it.
        else if (message === null) await peer.send({ type: "ping", nonce: 1 });
      }
    };
    void read();
  }
  return { messages, stop: () => isOver = true };
}

/** Requests and upgrades that come from another site, or for another host. */
async function foreignRequests(
  port: number,
  random: () => number,
  answers: Record<string, number>,
): Promise<{ tried: number; violations: string[] }> {
  const violations: string[] = [];
  const own = `localhost:${port}`;
  const foreign = [
    "evil.example",
    "localhost.evil.example",
    `localhost:${port}.evil.example`,
    "169.254.169.254",
    "[::ffff:8.8.8.8]",
    `localhost:${port + 1}`,
    "null",
  ];
  for (let i = 0; i < REQUESTS; i++) {
    const name = pick(random, foreign);
    const isHost = random() < 0.5 && name !== "null" && !name.startsWith("localhost:");
    const headers = isHost
      ? { "Host": name, "Origin": `http://${name}` }
      : { "Host": own, "Origin": name === "null" ? "null" : `http://${name}` };
    const { socket, status } = await openRaw({ port, headers, localAddress: "127.0.2.1" });
    socket.close();
    tally(answers, `upgrade with a foreign ${isHost ? "Host" : "Origin"}: ${status}`);
    if (status === 101 || status === null) {
      violations.push(`an upgrade was let in: ${text(headers)}`);
    }
  }
  for (const name of foreign) {
    using socket = await RawSocket.open({ port });
    await socket.write(
      `POST /api/link/stream HTTP/1.1\r\nHost: ${own}\r\nOrigin: http://${name}\r\n` +
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}",
    );
    const status = (await readHead(socket))?.status ?? null;
    tally(answers, `POST with a foreign Origin: ${status}`);
    if (status !== 403) violations.push(`POST from ${name}: status ${status}`);
  }
  return { tried: REQUESTS + foreign.length, violations };
}
