/** The part of `navigator.wakeLock` that is used. */
export interface WakeLocks {
  request(type: "screen"): Promise<Pick<WakeLockSentinel, "release" | "addEventListener">>;
}

/** Keeps the screen on while it is wanted. Browsers take the lock away from hidden pages. */
export class ScreenWakeLock {
  readonly #locks: WakeLocks | null;
  #isWanted = false;
  #isAsking = false;
  #sentinel: Pick<WakeLockSentinel, "release"> | null = null;

  /** @param locks `navigator.wakeLock`, or `null` where there is none. */
  constructor(locks: WakeLocks | null) {
    this.#locks = locks;
  }

  /** Whether the screen is kept on now. */
  get isHeld(): boolean {
    return this.#sentinel !== null;
  }

  /** Wants it or not; call it with `true` again when the page becomes visible. */
  async want(isWanted: boolean): Promise<void> {
    this.#isWanted = isWanted;
    if (!isWanted) {
      const sentinel = this.#sentinel;
      this.#sentinel = null;
      await sentinel?.release().catch(() => {});
      return;
    }
    if (this.#sentinel !== null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const sentinel = await this.#locks?.request("screen");
      if (sentinel === undefined) return;
      this.#sentinel = sentinel;
      sentinel.addEventListener("release", () => {
        if (this.#sentinel === sentinel) this.#sentinel = null;
      });
      if (!this.#isWanted) await this.want(false);
    } catch {
      // Low battery, or hidden again already: the page works without, and asks again when visible.
    } finally {
      this.#isAsking = false;
    }
  }
}
