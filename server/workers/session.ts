import { MAX_IPC_BYTES, type Message, readIpc } from "../child/ipc.ts";
import { type LaneRules, WriteQueue } from "../child/write_queue.ts";
import type { Bus, BusDropCause } from "../bus/bus.ts";
import { encodePart, nextEssential, type Part, PartReader, roomInPart } from "./parts.ts";

const NOTHING = new Uint8Array(0);

/** While NATS is away, it is looked for this often; whoever holds the session ends it in time. */
const AWAY_LOOK_MS = 25;

/** What of a bus a session needs. */
export type SessionBus = Pick<Bus, "publish" | "room" | "maxPayloadBytes" | "state">;

/** What a session is given. */
export interface SessionOptions<To extends Message, From extends Message> {
  readonly bus: SessionBus;
  /** Where it sends. */
  readonly subject: string;
  /** Its number, the same on both sides. */
  readonly id: number;
  readonly lanes: LaneRules<To>;
  /** `binary`: the receiver's to keep. */
  readonly onMessage: (message: From, binary: Uint8Array<ArrayBuffer>) => void;
  /** Something was lost that may not be, or the other side ended it. Nothing comes after this. */
  readonly onOver: (cause: string) => void;
}

/** A number for a session, of which no two ever meet. */
export function newSessionId(): number {
  return crypto.getRandomValues(new Uint32Array(2)).reduce(
    (id, part) => id * 2 ** 21 + (part >>> 11),
    0,
  );
}

/**
 * One node's conversation with one worker, as that with a child process over its pipes: in order, frames
 * dropped where they come too fast, and over as soon as anything else is lost. Both sides have one.
 */
export class Session<To extends Message, From extends Message> {
  readonly #options: SessionOptions<To, From>;
  readonly #queue: WriteQueue<To>;
  readonly #reader = new PartReader(4 + MAX_IPC_BYTES);
  #count = 0;
  /** Messages sent that may not be lost. */
  #essentials = 0;
  #isWriting = false;
  #isOver = false;
  #droppedAway = 0;

  constructor(options: SessionOptions<To, From>) {
    this.#options = options;
    this.#queue = new WriteQueue(options.lanes);
  }

  get id(): number {
    return this.#options.id;
  }

  /** Frame messages that were not sent, by cause: the bus took them too slowly, or was away. */
  get dropped(): Readonly<Record<"slow" | "away", number>> {
    return { slow: this.#queue.dropped, away: this.#droppedAway };
  }

  /** Whether something that was said is still on its way out. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Queues one message; frames may be dropped. */
  send(message: To, binary?: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#queue.push(message, binary)) return this.#end("too much waits to be sent");
    if (!this.#isWriting) void this.#write();
  }

  /** Takes what came for this session. */
  receive(part: Part): void {
    if (this.#isOver) return;
    if (part.isOver) return this.#end("the other side ended it");
    try {
      const bytes = this.#reader.push(part);
      if (bytes === null) return;
      const { json, binary } = readIpc<From>(bytes);
      this.#options.onMessage(json, binary);
    } catch (error) {
      this.close();
      this.#options.onOver(`something was lost: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Shows that this side is there, and what the other should have by now. */
  beat(): void {
    if (this.#isOver) return;
    const { bus, subject } = this.#options;
    bus.publish(subject, this.#part(NOTHING, { begins: true, ends: true, isEssential: false }));
  }

  /** Ends it, and says so to the other side if that can be reached. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { bus, subject, id } = this.#options;
    bus.publish(subject, overPart(id));
  }

  async #write(): Promise<void> {
    const { bus } = this.#options;
    this.#isWriting = true;
    try {
      for (let next = this.#queue.next(); next !== null; next = this.#queue.next()) {
        await bus.room();
        // What is late is worth nothing; what changes a stream may not be missing, and waits.
        while (!next.isDroppable && bus.state.kind === "away" && !this.#isOver) await pause();
        if (this.#isOver) return;
        const problem = await this.#publish(next.bytes, !next.isDroppable);
        if (problem === null) continue;
        if (!next.isDroppable) return this.#end(`a message could not be sent (${problem})`);
        this.#droppedAway += 1;
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #publish(message: Uint8Array, isEssential: boolean): Promise<BusDropCause | null> {
    const { bus, subject } = this.#options;
    const roomBytes = roomInPart(bus.maxPayloadBytes);
    for (let at = 0; at < message.length; at += roomBytes) {
      const ends = at + roomBytes >= message.length;
      const bytes = message.subarray(at, at + roomBytes);
      const part = this.#part(bytes, { begins: at === 0, ends, isEssential });
      let problem = bus.publish(subject, part);
      while (problem === "full" && !this.#isOver) {
        await bus.room();
        problem = bus.publish(subject, part);
      }
      if (problem !== null) return problem;
      this.#count = (this.#count + 1) >>> 0;
    }
    if (isEssential) this.#essentials = nextEssential(this.#essentials);
    return null;
  }

  #part(
    bytes: Uint8Array,
    flags: Pick<Part, "begins" | "ends" | "isEssential">,
  ): Uint8Array {
    return encodePart({
      ...flags,
      session: this.#options.id,
      count: this.#count,
      essentials: this.#essentials,
      isOver: false,
      bytes,
    });
  }

  #end(cause: string): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onOver(cause);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, AWAY_LOOK_MS));
}

/** Says that there is no such session (any more). */
export function overPart(session: number): Uint8Array {
  return encodePart({
    session,
    count: 0,
    essentials: 0,
    begins: false,
    ends: false,
    isEssential: false,
    isOver: true,
    bytes: NOTHING,
  });
}
