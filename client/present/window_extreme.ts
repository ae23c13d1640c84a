/** The least or the most of the values of the last `windowMs`. Memory is bounded by their rate. */
export class WindowExtreme {
  readonly #windowMs: number;
  readonly #sign: 1 | -1;
  /** Only values that may still become the extreme: each better than those after it. */
  #entries: { readonly atMs: number; readonly value: number }[] = [];

  constructor(windowMs: number, which: "least" | "most") {
    this.#windowMs = windowMs;
    this.#sign = which === "least" ? 1 : -1;
  }

  /** The extreme; `null` when there is no value. */
  get value(): number | null {
    return this.#entries[0]?.value ?? null;
  }

  /** Adds a value at `nowMs`, which never goes back. */
  add(nowMs: number, value: number): void {
    while (this.#entries.length > 0 && this.#sign * (this.#entries.at(-1)!.value - value) >= 0) {
      this.#entries.pop();
    }
    this.#entries.push({ atMs: nowMs, value });
    this.forget(nowMs);
  }

  /** Lets go of what is older than the window. */
  forget(nowMs: number): void {
    while ((this.#entries[0]?.atMs ?? Infinity) < nowMs - this.#windowMs) this.#entries.shift();
  }

  /** Forgets all. */
  clear(): void {
    this.#entries = [];
  }
}
