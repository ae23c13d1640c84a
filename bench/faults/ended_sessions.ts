/** POSTs that were taken once, sent again when their session has ended. */
import { recordOf } from "../records.ts";
import { tally } from "./fault_case.ts";
import { RawSocket, type RawTarget, readHead } from "../raw_socket.ts";
import { joinMessage, RawPeer, type RoomSecrets } from "../room_client.ts";

/** A phone's session, and the POST that was taken in it. */
interface PostedSession {
  readonly id: string;
  readonly stream: RawSocket;
  readonly join: Record<string, unknown>;
}

/** How a session ends. */
const ENDS: Readonly<
  Record<string, (session: PostedSession, target: RawTarget) => Promise<RawPeer | null>>
> = {
  "left": async ({ id }, target) => {
    await post(target, JSON.stringify({ type: "leave" }), id);
    return null;
  },
  "cut off": ({ stream }) => {
    stream.close();
    return Promise.resolve(null);
  },
  "replaced": async ({ join }, target) => {
    const peer = await RawPeer.open(target);
    await peer.send(join);
    return peer;
  },
};

/** Ends sessions in every way, and goes on in them. `owner` is whom the messages are for. */
export async function postToEnded(
  { room, owner, target }: {
    readonly room: RoomSecrets;
    readonly owner: { readonly peer: RawPeer; readonly id: string; readonly instance: string };
    readonly target: RawTarget;
  },
  answers: Record<string, number>,
): Promise<{ tried: number; violations: string[] }> {
  const violations: string[] = [];
  for (const [how, end] of Object.entries(ENDS)) {
    const session = await openSession(target, joinMessage(room, "phone"));
    const sdp = `taken, then ${how}`;
    const offer = { type: "offer", sdp, to: owner.id, toInstance: owner.instance };
    const body = JSON.stringify(offer);
    const first = await post(target, body, session.id);
    if (first !== 204) throw new Error(`Cannot send in a session: status ${first}`);
    await owner.peer.until("a posted offer", (message) => message.sdp === sdp);
    const successor = await end(session, target);
    // The same page, come anew, is told as somebody who joined; the others as somebody gone.
    const sign = how === "replaced" ? "peer-joined" : "peer-left";
    await owner.peer.until(`${sign}: ${how}`, ({ type }) => type === sign);
    const status = await post(target, body, session.id);
    tally(answers, `POST to a session that was ${how}: ${status}`);
    if (status !== 410) violations.push(`POST to a session that was ${how}: status ${status}`);
    await owner.peer.send({ type: "ping", nonce: 31 });
    await owner.peer.until("a pong", ({ type, nonce, sdp: heard }) => {
      if (heard === sdp) violations.push(`a message of a session that was ${how} was passed on`);
      return type === "pong" && nonce === 31;
    });
    session.stream.close();
    if (successor === null) continue;
    await successor.send({ type: "leave" });
    await owner.peer.until("the successor's leaving", ({ type }) => type === "peer-left");
    successor.close();
  }
  return { tried: Object.keys(ENDS).length, violations };
}

async function openSession(
  target: RawTarget,
  join: Record<string, unknown>,
): Promise<PostedSession> {
  const stream = await RawSocket.open(target);
  await stream.write(requestOf(target, "/api/link/stream", JSON.stringify(join)));
  const head = await readHead(stream);
  const [, id = null] = /^x-peerlens-link: *([\w-]{22})$/im.exec(head?.text ?? "") ?? [];
  const hasJoined = id !== null && await stream.read((bytes) => {
    const isThere = new TextDecoder().decode(bytes).includes('"type":"joined"');
    return isThere ? { value: true, length: bytes.length } : null;
  }, 5_000);
  if (!hasJoined) throw new Error(`Cannot open a streamed answer: status ${head?.status}`);
  return { id, stream, join };
}

async function post(target: RawTarget, body: string, id: string) {
  using socket = await RawSocket.open(target);
  await socket.write(requestOf(target, "/api/link/send", body, { "X-Peerlens-Link": id }));
  return (await readHead(socket))?.status ?? null;
}

/** A POST with one record: a text about link or room. */
export function requestOf(
  { port }: RawTarget,
  path: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array {
  const body = recordOf(text);
  const all = {
    "Host": `localhost:${port}`,
    "Origin": `http://localhost:${port}`,
    "Content-Length": String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return new Uint8Array([...head, ...body]);
}
