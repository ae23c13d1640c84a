import { MAX_SOCKETS, reserved } from "../base/limits.ts";
import type { Visitor } from "../base/visitor.ts";

/** Connections past the limit that are told why before the server stops answering at all. */
const TOLD_CONNECTIONS = 8;

/** How many connections each address holds, of whatever kind. */
export class Connections {
  readonly #maxPerAddress: number;
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** @param max Of all addresses; some are kept for those at this computer or signed in. */
  constructor(maxPerAddress: number, max = MAX_SOCKETS) {
    this.#maxPerAddress = maxPerAddress;
    this.#max = max;
  }

  /**
   * Whether one more of this visitor is to be answered at all. Those just past the limit are, so that
   * the page can be told why not.
   */
  accepts({ address, isTrusted }: Pick<Visitor, "address" | "isTrusted">): boolean {
    return this.#total < this.#places(isTrusted) + TOLD_CONNECTIONS &&
      this.#of(address) < this.#maxPerAddress + TOLD_CONNECTIONS;
  }

  /** Whether there are more of them than there may be. */
  isOver({ address, isTrusted }: Pick<Visitor, "address" | "isTrusted">): boolean {
    return this.#total > this.#places(isTrusted) || this.#of(address) > this.#maxPerAddress;
  }

  /** Counts one from its acceptance to its real end, which the returned function tells. */
  count(address: string): () => void {
    this.#counts.set(address, this.#of(address) + 1);
    this.#total += 1;
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      this.#total -= 1;
      const left = this.#of(address) - 1;
      if (left > 0) this.#counts.set(address, left);
      else this.#counts.delete(address);
    };
  }

  /** All that are held now. */
  get total(): number {
    return this.#total;
  }

  #places(isTrusted: boolean): number {
    return isTrusted ? this.#max : this.#max - reserved(this.#max);
  }

  #of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }
}
