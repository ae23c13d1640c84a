/**
 * The counts of one process after another as one, so that they never go back when a new one begins at
 * zero. What the last one counted after its last heartbeat went with it.
 */
export class StatsTotal<Totals> {
  readonly #add: (before: Totals, present: Totals) => Totals;
  #before: Totals | null = null;
  #present: Totals | null = null;

  constructor(add: (before: Totals, present: Totals) => Totals) {
    this.#add = add;
  }

  /** Takes a heartbeat's stats. */
  heard(stats: Totals): void {
    this.#present = stats;
  }

  /** The process has ended; the next one counts from zero. */
  ended(): void {
    this.#before = this.read();
    this.#present = null;
  }

  /** Over all processes; `null` before any has said anything. */
  read(): Totals | null {
    const before = this.#before;
    const present = this.#present;
    return before === null || present === null ? present ?? before : this.#add(before, present);
  }
}
