import {
  type FromClientMessage,
  fromClientSchema,
  SIGNAL_ERROR_CODES,
  type SignalErrorCode,
} from "@/protocol";

/** What clients may say, by kind. */
export type SignalType = FromClientMessage["type"];

const TYPES: readonly SignalType[] = fromClientSchema.options.map(({ entries }) =>
  entries.type.literal
);

/** Counts of all links since the server started. Bounded by the kinds that there are. */
export class SignalCounts {
  readonly #received = new Map<SignalType, number>(TYPES.map((type) => [type, 0]));
  readonly #refused = new Map<SignalErrorCode, number>(SIGNAL_ERROR_CODES.map((code) => [code, 0]));

  #lost = 0;

  /** Counts a message that its session accepted. */
  received(type: SignalType): void {
    this.#received.set(type, this.#received.get(type)! + 1);
  }

  /** Counts a message with which the server refused something. */
  refused(code: SignalErrorCode): void {
    this.#refused.set(code, this.#refused.get(code)! + 1);
  }

  /** Counts a record of a topic that was over its rate, or found no room. */
  lost(): void {
    this.#lost += 1;
  }

  /** Records that were lost so. */
  get recordsLost(): number {
    return this.#lost;
  }

  /** A copy of the counts so far; of a kind that did not come yet, 0. */
  read(): {
    readonly received: ReadonlyMap<SignalType, number>;
    readonly refused: ReadonlyMap<SignalErrorCode, number>;
  } {
    return { received: new Map(this.#received), refused: new Map(this.#refused) };
  }
}
