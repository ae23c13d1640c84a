/** Connections past the limit that are told why before the server stops answering at all. */
const TOLD_CONNECTIONS = 8;

/** How many connections each address holds, of whatever kind. */
export class Connections {
  readonly #maxPerAddress: number;
  readonly #counts = new Map<string, number>();

  constructor(maxPerAddress: number) {
    this.#maxPerAddress = maxPerAddress;
  }

  /**
   * Whether one more of this address is to be answered at all. Those just past the limit are, so that
   * the page can be told why not.
   */
  accepts(address: string): boolean {
    return this.#of(address) < this.#maxPerAddress + TOLD_CONNECTIONS;
  }

  /** Whether it has more of them than it may. */
  isOver(address: string): boolean {
    return this.#of(address) > this.#maxPerAddress;
  }

  /** Counts one from its acceptance to its real end, which the returned function tells. */
  count(address: string): () => void {
    this.#counts.set(address, this.#of(address) + 1);
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      const left = this.#of(address) - 1;
      if (left > 0) this.#counts.set(address, left);
      else this.#counts.delete(address);
    };
  }

  /** All that are held now. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  #of(address: string): number {
    return this.#counts.get(address) ?? 0;
  }
}
