import { FRAME_HEADER_BYTES, MAX_JPEG_BYTES } from "@/protocol";
import type { StreamKey } from "../inference/ipc.ts";
import type { SignalHub } from "../signaling/hub.ts";
import { type Bucket, take } from "../signaling/rate_limit.ts";
import { type TicketedEnd, upgradeTicketed } from "../signaling/ticketed_socket.ts";
import type { FrameWire } from "./frame_wires.ts";
import type { StreamGateway } from "./gateway.ts";
import { NewestSender } from "./newest_sender.ts";

/** Longest binary message: the longest frame in one chunk. */
const MAX_CHUNK_BYTES = FRAME_HEADER_BYTES + MAX_JPEG_BYTES;

/** Longest text message: a ticket, or a clock ping. */
const MAX_TEXT_CHARS = 256;

/** Messages of one socket: 60 frames a second in a few chunks each. What is over is dropped. */
const RATE = { perSecond: 300, burst: 600 };

/**
 * Makes a request for `/api/frames` a WebSocket that carries one stream where UDP does not get
 * through. Origin and Host are the caller's to check. The first message is the stream's ticket as
 * plain text; then chunks of frames as binary messages and clock pings as text, results back as text.
 */
export function upgradeFrames(
  request: Request,
  { hub, gateway }: { readonly hub: SignalHub; readonly gateway: StreamGateway },
  address: string,
): Response {
  return upgradeTicketed(request, hub, address, (socket) => new FramesSocket(socket, gateway));
}

/** Why a socket is closed by us; its reason on the wire. All but the first two with code 1008. */
type Refusal = "too-large" | "bad-message" | "bad-ticket" | "timeout";

const CLOSE_CODES: Partial<Record<Refusal, number>> = { "too-large": 1009, "bad-message": 1007 };

/** One socket: before its ticket it may say nothing else, and after it frames and clock pings. */
class FramesSocket implements FrameWire, TicketedEnd {
  readonly #socket: WebSocket;
  readonly #gateway: StreamGateway;
  readonly #results: NewestSender;
  #key: StreamKey | null = null;
  #bucket: Bucket = null;
  #isOver = false;

  constructor(socket: WebSocket, gateway: StreamGateway) {
    this.#socket = socket;
    this.#gateway = gateway;
    this.#results = new NewestSender(socket, () => gateway.wires.resultLost());
  }

  /** Takes one message as it came off the wire. */
  receive(data: string | Uint8Array): void {
    if (this.#isOver) return;
    if (data.length > (typeof data === "string" ? MAX_TEXT_CHARS : MAX_CHUNK_BYTES)) {
      return this.refuse("too-large");
    }
    if (this.#key === null) return this.#open(data);
    const { bucket, waitMs } = take(this.#bucket, RATE, performance.now());
    this.#bucket = bucket;
    if (waitMs > 0) return this.#gateway.wires.messageRefused();
    this.#gateway.receive(this.#key, data);
  }

  /** See {@linkcode FrameWire.send}. */
  send(text: string): void {
    if (!this.#isOver) this.#results.send(text);
  }

  /** See {@linkcode FrameWire.close}. */
  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.lost();
    this.#socket.close(code, reason);
  }

  /** Closes the socket and says why. */
  refuse(reason: Refusal): void {
    this.close(CLOSE_CODES[reason] ?? 1008, reason);
  }

  /** The socket has ended. */
  lost(): void {
    this.#isOver = true;
    this.#results.stop();
    if (this.#key !== null) this.#gateway.wires.detach(this.#key, this);
    this.#key = null;
  }

  #open(data: string | Uint8Array): void {
    if (typeof data !== "string") return this.refuse("bad-message");
    this.#key = this.#gateway.wires.attach(data, this);
    if (this.#key === null) this.refuse("bad-ticket");
  }
}
