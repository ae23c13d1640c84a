import type { Timers } from "../timers.ts";

/** A clock for tests: stands still until {@linkcode FakeTimers.advance} turns it. */
export class FakeTimers implements Timers {
  #nowMs = 0;
  #nextId = 1;
  #due = new Map<number, { atMs: number; callback: () => void }>();

  /** How many timers are set: a closed object must leave none. */
  get pending(): number {
    return this.#due.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    const id = this.#nextId++;
    this.#due.set(id, { atMs: this.#nowMs + Math.max(0, delayMs), callback });
    return id;
  }

  clearTimeout(id: number | undefined): void {
    if (id !== undefined) this.#due.delete(id);
  }

  /** Lets `byMs` pass; runs what falls due in order and lets promises settle in between. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settle();
    for (;;) {
      const next = [...this.#due].filter(([, { atMs }]) => atMs <= endMs)
        .sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      const [id, { atMs, callback }] = next;
      this.#due.delete(id);
      this.#nowMs = Math.max(this.#nowMs, atMs);
      callback();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets promise chains of a few steps run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
