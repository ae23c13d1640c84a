import { PictureOrders } from "./picture_orders.ts";
import type { FromPresenter } from "./present_messages.ts";

/** Answers the page's orders for pictures: with a copy of what is painted, or with none. */
export class PictureGiver {
  readonly #copyPicture: () => Promise<ImageBitmap>;
  readonly #post: (message: FromPresenter) => void;
  readonly #orders = new PictureOrders();

  constructor(
    { copyPicture, post }: {
      copyPicture(): Promise<ImageBitmap>;
      post(message: FromPresenter): void;
    },
  ) {
    this.#copyPicture = copyPicture;
    this.#post = post;
  }

  /** Takes an order for a picture of the frame at `timeMs`; `undefined`: of one that is not known. */
  order(id: number, timeMs: number | undefined): void {
    this.#refuse(timeMs === undefined ? [id] : this.#orders.add(id, timeMs));
  }

  /** Something was painted that serves all orders up to `timeMs`. */
  painted(timeMs: number): void {
    for (const id of this.#orders.takeUntil(timeMs)) {
      this.#copyPicture().then(
        (bitmap) => this.#post({ kind: "picture", id, bitmap }),
        () => this.#refuse([id]),
      );
    }
  }

  /** Refuses all. */
  clear(): void {
    this.#refuse(this.#orders.clear());
  }

  #refuse(ids: readonly number[]): void {
    for (const id of ids) this.#post({ kind: "picture", id, bitmap: null });
  }
}
