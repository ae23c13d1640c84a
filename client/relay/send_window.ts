import { framesAfter, MAX_RELAY_IN_FLIGHT } from "@/protocol";

/** A frame without an ack for this long is taken to be lost with a link, or with its viewers. */
export const ACK_TIMEOUT_MS = 2_000;

/** Frame ids are of 32 bits and wrap. */
const IDS = 2 ** 32;

/** Which of a phone's frames are on their way. Pure; times are ms on one clock of the caller. */
export class SendWindow {
  #nextId: number;
  #underWay: readonly { readonly frameId: number; readonly sentAtMs: number }[] = [];

  /** @param firstId Not 0 only in tests of the wrap. */
  constructor(firstId = 0) {
    this.#nextId = firstId;
  }

  /** Whether one more may go. */
  hasRoom(nowMs: number): boolean {
    this.#underWay = this.#underWay.filter(({ sentAtMs }) => nowMs - sentAtMs < ACK_TIMEOUT_MS);
    return this.#underWay.length < MAX_RELAY_IN_FLIGHT;
  }

  /** A frame goes out; its id, which is larger than all before, also after {@linkcode clear}. */
  sent(nowMs: number): number {
    const frameId = this.#nextId;
    this.#nextId = (frameId + 1) % IDS;
    this.#underWay = [...this.#underWay, { frameId, sentAtMs: nowMs }];
    return frameId;
  }

  /** This frame and those before it are dealt with; how long it took, `null`: it is not under way. */
  acked(frameId: number, nowMs: number): number | null {
    const frame = this.#underWay.find((one) => one.frameId === frameId);
    this.#underWay = this.#underWay.filter((one) => framesAfter(one.frameId, frameId) > 0);
    return frame === undefined ? null : nowMs - frame.sentAtMs;
  }

  /** The link is another one: what was under way is not coming back. */
  clear(): void {
    this.#underWay = [];
  }
}
