/** Values of the last `windowMs`, and their quantiles. Memory is bounded by their rate. */
export class RecentValues {
  readonly #windowMs: number;
  readonly #entries: { readonly atMs: number; readonly value: number }[] = [];
  /** `null`: to be made anew. */
  #sorted: number[] | null = null;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a value at `nowMs`, which never goes back. */
  add(nowMs: number, value: number): void {
    this.#entries.push({ atMs: nowMs, value });
    this.#sorted = null;
    this.forget(nowMs);
  }

  /** Lets go of what is older than the window. */
  forget(nowMs: number): void {
    while ((this.#entries[0]?.atMs ?? Infinity) < nowMs - this.#windowMs) {
      this.#entries.shift();
      this.#sorted = null;
    }
  }

  /** The least value that so large a share (0–1) of all does not exceed; `null` when there is none. */
  quantile(share: number): number | null {
    const sorted = this.#sorted ??= this.#entries.map(({ value }) => value).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.length = 0;
    this.#sorted = null;
  }
}
