// Peers of rooms as plain connections, made from the protocol's description and not from the app.
import { messageIn } from "./records.ts";
import { joinMessage, type PeerRole, type RoomSecrets } from "./room_secrets.ts";

import {
  encodeFrame,
  OP,
  openRaw,
  RawSocket,
  type RawTarget,
  type RawUpgrade,
  readFrame,
  recordFrame,
} from "./raw_socket.ts";

export { joinMessage, newRoom, type PeerRole, type RoomSecrets, secret } from "./room_secrets.ts";

/** What the server tells every viewer, unasked, behind its join and when it changes. */
const ANNOUNCED = ["models", "join-origins", "cameras"];

/** A message of the server. */
export interface ServerMessage {
  readonly type: string;
  readonly code?: string;
  readonly nonce?: number;
  readonly self?: { readonly id: string; readonly instance: string };
  readonly peers?: readonly { readonly id: string; readonly instance: string }[];
  readonly peer?: { readonly id: string; readonly instance: string };
  readonly from?: string;
  readonly sdp?: string;
  readonly peerId?: string;
  /** Of `ticket`. */
  readonly ticket?: string;
  /** Of `inference` and `relay`. */
  readonly body?: { readonly kind: string; readonly cause?: string };
}

/** A peer that has a connection and says what it likes. */
export class RawPeer {
  readonly socket: RawSocket;

  constructor(socket: RawSocket) {
    this.socket = socket;
  }

  /** @throws {Error} If the server does not answer with an open WebSocket. */
  static async open(upgrade: RawUpgrade): Promise<RawPeer> {
    const { socket, status } = await openRaw(upgrade);
    if (status === 101) return new RawPeer(socket);
    socket.close();
    throw new Error(`Cannot open a WebSocket: status ${status}`);
  }

  /** Opens a connection and joins. @throws {Error} With the server's code if it refuses. */
  static async join(
    target: RawTarget,
    room: RoomSecrets,
    role: PeerRole,
  ): Promise<{ peer: RawPeer; id: string; instance: string }> {
    const peer = await RawPeer.open(target);
    await peer.send(joinMessage(room, role));
    const answer = await peer.next();
    if (answer?.type === "joined") return { peer, ...answer.self! };
    peer.close();
    throw new Error(`Cannot join: ${answer?.code ?? "no answer"}`);
  }

  send(message: unknown): Promise<void> {
    return this.sendText(JSON.stringify(message));
  }

  sendText(text: string): Promise<void> {
    return this.socket.write(recordFrame(text));
  }

  /** The next message about link or room but for announcements, answering nothing meanwhile; `null`: a close frame, the end, or too late. */
  async next(timeoutMs = 5_000): Promise<ServerMessage | null> {
    while (true) {
      const frame = await readFrame(this.socket, timeoutMs);
      if (frame === null || frame.opcode === OP.close) return null;
      const message = frame.opcode === OP.binary ? messageIn(frame.payload) : null;
      if (message !== null && !ANNOUNCED.includes((message as ServerMessage).type)) {
        return message as ServerMessage;
      }
      if (frame.opcode === OP.ping) {
        await this.socket.write(encodeFrame({ opcode: OP.pong, payload: frame.payload }));
      }
    }
  }

  /** Reads on until a message is such a one. @throws {Error} If it does not come in time. */
  async until(what: string, isIt: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (let i = 0; i < 100; i++) {
      const message = await this.next(20_000);
      if (message === null) break;
      if (isIt(message)) return message;
    }
    throw new Error(`Cannot go on: ${what} did not come`);
  }

  /** Whether the connection still answers a ping of the protocol. */
  async isAlive(nonce = 7): Promise<boolean> {
    await this.send({ type: "ping", nonce });
    for (let i = 0; i < 50; i++) {
      const message = await this.next(3_000);
      if (message === null) return false;
      if (message.type === "pong" && message.nonce === nonce) return true;
    }
    return false;
  }

  close(): void {
    this.socket.close();
  }
}
