import { RawSocket, type RawTarget, readHead } from "../raw_socket.ts";
import { joinMessage, newRoom, RawPeer, type RoomSecrets, secret } from "../room_client.ts";
import { GUEST_ADDRESSES } from "./guest_network.ts";

/** What a guest works with. */
export interface GuestTools {
  /** The server, seen from one of the guest's addresses. @param at Which; any number. */
  target(at: number, version?: 4 | 6): RawTarget;
  /** The same from an address from which nobody acts. */
  readonly elsewhere: RawTarget;
  /** Whether there is still time. */
  goesOn(): boolean;
  /** Adds to what became of it. */
  tally(answer: string, count?: number): void;
  /** Takes what has to end with the act. */
  defer(end: () => void | Promise<void>): void;
  /** Of the server, where one is asked for. */
  readonly password: string | null;
}

/** What somebody without a password, or a link of anybody's room, can try. */
export interface GuestAct {
  readonly name: string;
  readonly title: string;
  /** How many of what was tried; a violation, as a sentence, is thrown as {@linkcode GuestWon}. */
  run(tools: GuestTools): Promise<{ readonly tried: number; readonly what: string }>;
}

/** The guest got what nobody may have. */
export class GuestWon extends Error {
  override readonly name = "GuestWon";
}

/** The addresses from which a guest acts. The last ones are somebody else's. */
export const ACTING_ADDRESSES = GUEST_ADDRESSES - 4;

/** A stretch of time. */
export const pause = (ms: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Opens a link and says who it is; `null`: the connection, or the join, was refused, which is tallied. */
export async function enter(
  { tally, defer }: Pick<GuestTools, "tally" | "defer">,
  target: RawTarget,
  room: RoomSecrets,
): Promise<Entered | null> {
  let peer: RawPeer;
  try {
    peer = await RawPeer.open(target);
  } catch (error) {
    tally(error instanceof Error ? error.message.replace("Cannot open a WebSocket: ", "") : "?");
    return null;
  }
  // What a page that is lost has open would be kept for half a minute.
  defer(async () => {
    await peer.send({ type: "leave" });
    peer.close();
  });
  await peer.send(joinMessage(room, "owner"));
  const answer = await peer.next(3_000);
  if (answer?.type === "joined") return { peer, room, ...answer.self!, joined: answer };
  tally(`join: ${answer?.code ?? "closed"}`);
  peer.close();
  return null;
}

/** Somebody in a room of their own. */
export interface Entered {
  readonly peer: RawPeer;
  readonly room: RoomSecrets;
  readonly id: string;
  readonly joined: object;
}

/** Opens a link into a new room. */
export async function enterNew(tools: GuestTools, at: number): Promise<Entered | null> {
  return await enter(tools, tools.target(at), await newRoom());
}

/** What a stream is to do with its frames. */
export function settingsOf(modelId: string): object {
  return { modelId, scoreThreshold: 0.4, iouThreshold: 0.5, classes: null };
}

/** Opens a stream. @returns Its name and topic; `null`: refused, which is tallied. */
export async function openStream(
  tools: Pick<GuestTools, "tally">,
  { peer }: Pick<Entered, "peer">,
  modelId: string,
): Promise<{ readonly stream: string; readonly topic: number } | null> {
  const stream = secret();
  await peer.send({
    type: "inference",
    stream,
    body: { kind: "settings", settings: settingsOf(modelId) },
  });
  for (let tries = 0; tries < 50; tries++) {
    const message = await peer.next(5_000);
    if (message === null) break;
    const { kind, cause, topic } = (message.body ?? {}) as {
      kind?: string;
      cause?: string;
      topic?: number;
    };
    if (kind === "opened") return { stream, topic: topic! };
    if (kind === "ended") {
      tools.tally(`stream: ${cause}`);
      return null;
    }
  }
  tools.tally("stream: no answer");
  return null;
}

/** Opens the bulk link of a page; `null`: refused. */
export async function openBulk(
  { peer }: Pick<Entered, "peer">,
  target: RawTarget,
): Promise<RawPeer | null> {
  await peer.send({ type: "ticket-request" });
  const ticket = await peer.until("a ticket", ({ type }) => type === "ticket").catch(() => null);
  if (ticket === null) return null;
  const bulk = await RawPeer.open(target).catch(() => null);
  await bulk?.send({ type: "open", ticket: ticket.ticket });
  const answer = await bulk?.next(3_000);
  if (answer?.type === "opened") return bulk;
  bulk?.close();
  return null;
}

/** A request of a stranger's: the status, and the body as far as it comes at once. */
export async function ask(
  target: RawTarget,
  line: string,
  { headers = {}, body = "" }: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
  } = {},
): Promise<{ readonly status: number | null; readonly head: string; readonly text: string }> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  let socket: RawSocket;
  try {
    socket = await RawSocket.open(target);
  } catch {
    return { status: null, head: "", text: "" };
  }
  using _end = socket;
  const all: Record<string, string> = {
    Host: `localhost:${target.port}`,
    Connection: "close",
    ...(bytes.length > 0 ? { "Content-Length": String(bytes.length) } : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await socket.write(`${line} HTTP/1.1\r\n${lines}\r\n`);
  if (bytes.length > 0) await socket.write(bytes);
  const head = await readHead(socket, 10_000);
  await socket.waitForEnd(1_000);
  const text = await socket.read(
    (rest) => ({ value: new TextDecoder("latin1").decode(rest), length: rest.length }),
    0,
  );
  return { status: head?.status ?? null, head: head?.text ?? "", text: text ?? "" };
}
