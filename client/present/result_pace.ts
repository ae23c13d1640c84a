/** Results that the pace is told from: a slow one shows for so long. */
const MAX_RESULTS = 6;

/** Results vary: the next is overdue when it takes this much longer than the slowest of the last. */
const PATIENCE = 1.25;
const PATIENCE_MS = 40;

/** Not sooner, ms: a fast detector pauses for as long when the machine is busy for a moment. */
const MIN_DUE_MS = 150;

/** No result of a frame older than this is shown: where things were then says nothing any more. */
export const MAX_RESULT_AGE_MS = 1_500;

/** How a box looks whose result is overdue, and how soon it does. */
const UNCERTAIN = 0.5;
const TO_UNCERTAIN_MS = 150;

/** So long after it was due, what is not seen either is gone. */
const GONE_MS = 500;

/**
 * When the next result is due, by when the last ones came. Ages are of the newest result's frame, ms
 * of video time before the frame that is shown.
 */
export class ResultPace {
  #lastMs: number | null = null;
  /** How old each of the last results was when the next one came. */
  #ages: number[] = [];
  #dueMs = MIN_DUE_MS;

  /** A result came: of the frame at `timeMs`, when the newest frame was that at `newestMs`. */
  add(timeMs: number, newestMs: number): void {
    // Of a first one only half is known: the second comes as late, and some time later.
    const age = this.#lastMs === null ? 2 * (newestMs - timeMs) : newestMs - this.#lastMs;
    if (this.#lastMs === null) this.#ages = [];
    this.#lastMs = timeMs;
    this.#ages.push(Math.min(age, MAX_RESULT_AGE_MS));
    if (this.#ages.length > MAX_RESULTS) this.#ages.shift();
    const dueMs = PATIENCE * Math.max(...this.#ages) + PATIENCE_MS;
    this.#dueMs = Math.max(MIN_DUE_MS, Math.min(MAX_RESULT_AGE_MS, dueMs));
  }

  /** Forgets all. */
  clear(): void {
    this.#lastMs = null;
    this.#ages = [];
    this.#dueMs = MIN_DUE_MS;
  }

  /** How old results are before the next one comes, ms: that of the slowest of the last. */
  get ageMs(): number {
    return Math.max(0, ...this.#ages);
  }

  /** The age at which a result should have been followed by the next, ms. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * How visible boxes are whose result is of this age, 0–1.
   * @param isSeen Whether the object is seen in the picture itself; it then stays, as uncertain.
   */
  opacityAt(ageMs: number, isSeen: boolean): number {
    const overdueMs = ageMs - this.#dueMs;
    if (overdueMs <= 0) return 1;
    const uncertain = Math.max(UNCERTAIN, 1 - (1 - UNCERTAIN) * overdueMs / TO_UNCERTAIN_MS);
    if (isSeen) return uncertain;
    if (ageMs >= MAX_RESULT_AGE_MS + GONE_MS) return 0;
    return Math.max(0, Math.min(uncertain, 1 - overdueMs / GONE_MS));
  }
}
