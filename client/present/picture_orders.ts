/** So many may be asked for at once; a picture in work holds the memory of one. */
const MAX_ORDERS = 4;

/** Pictures that the page asked for, until one is painted that shows what they are of. */
export class PictureOrders {
  #orders: { readonly id: number; readonly timeMs: number }[] = [];

  /** @returns Those that had to give way. */
  add(id: number, timeMs: number): readonly number[] {
    this.#orders.push({ id, timeMs });
    return this.#orders.splice(0, this.#orders.length - MAX_ORDERS).map((order) => order.id);
  }

  /** Takes those of frames up to this time of the video. */
  takeUntil(timeMs: number): readonly number[] {
    const due = this.#orders.filter((order) => order.timeMs <= timeMs);
    if (due.length > 0) this.#orders = this.#orders.filter((order) => order.timeMs > timeMs);
    return due.map(({ id }) => id);
  }

  /** Takes all. */
  clear(): readonly number[] {
    return this.takeUntil(Infinity);
  }
}
