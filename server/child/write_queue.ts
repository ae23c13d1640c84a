import { encodeIpc, type Message } from "./ipc.ts";

/** Bytes of one lane that wait for the child: two of the longest frames. */
export const MAX_LANE_QUEUE_BYTES = 4 * 1024 * 1024 + 64 * 1024;

/** Messages of one lane that wait: two frames in the most chunks that a frame may have. */
export const MAX_LANE_QUEUE_MESSAGES = 512;

/**
 * Other messages that wait. They are rare and none may be lost, so with this many waiting the child
 * does not read any more and is to be killed.
 */
export const MAX_CONTROL_QUEUE_MESSAGES = 4_096;

/** Which messages wait by themselves, may be dropped, and take turns. */
export interface LaneRules<To> {
  /** Names the lane that a message waits in; `null`: none may be lost. */
  laneOf(message: To): string | null;
  /** Names the lane whose messages are of no use behind this one; `null`: all are. */
  endedBy(message: To): string | null;
}

/** What waits of one lane, oldest first. */
interface Waiting {
  readonly messages: Uint8Array[];
  bytes: number;
}

/**
 * What waits to be written to the child. Signals first and never dropped; frames of each lane in
 * their order, lanes in turn; past its bounds a lane loses its oldest, for the newest wins.
 */
export class WriteQueue<To extends Message> {
  readonly #rules: LaneRules<To>;
  readonly #control: Uint8Array[] = [];
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Waiting>();
  #dropped = 0;

  constructor(rules: LaneRules<To>) {
    this.#rules = rules;
  }

  /** Takes a message. `false`: the child reads nothing any more. */
  push(message: To, binary?: Uint8Array): boolean {
    const bytes = encodeIpc(message, binary);
    const lane = this.#rules.laneOf(message);
    if (lane === null) this.#control.push(bytes);
    else this.#pushFrame(lane, bytes);
    const ended = this.#rules.endedBy(message);
    if (ended !== null) this.#lanes.delete(ended);
    return this.#control.length <= MAX_CONTROL_QUEUE_MESSAGES;
  }

  /** Takes out the next message to be written. */
  shift(): Uint8Array | undefined {
    return this.next()?.bytes;
  }

  /** The same, with whether it may be lost; `null`: none waits. */
  next(): { readonly bytes: Uint8Array; readonly isDroppable: boolean } | null {
    const control = this.#control.shift();
    if (control !== undefined) return { bytes: control, isDroppable: false };
    const [first] = this.#lanes;
    if (first === undefined) return null;
    const [key, waiting] = first;
    const message = waiting.messages.shift()!;
    waiting.bytes -= message.length;
    // Behind the others, unless it has nothing left.
    this.#lanes.delete(key);
    if (waiting.messages.length > 0) this.#lanes.set(key, waiting);
    return { bytes: message, isDroppable: true };
  }

  /** Messages dropped because the child read too slowly. */
  get dropped(): number {
    return this.#dropped;
  }

  #pushFrame(key: string, bytes: Uint8Array): void {
    const waiting = this.#lanes.get(key) ?? { messages: [], bytes: 0 };
    this.#lanes.set(key, waiting);
    waiting.messages.push(bytes);
    waiting.bytes += bytes.length;
    while (
      waiting.bytes > MAX_LANE_QUEUE_BYTES ||
      waiting.messages.length > MAX_LANE_QUEUE_MESSAGES
    ) {
      waiting.bytes -= waiting.messages.shift()!.length;
      this.#dropped++;
    }
  }
}
