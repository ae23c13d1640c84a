import { type Bucket, type Rate, takeToken } from "@/protocol";

/** Lets through what keeps to a rate. */
export class TokenBucket {
  readonly #rate: Rate;
  #bucket: Bucket = null;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token if there is one. @param nowMs On any clock that does not go backwards. */
  take(nowMs: number): boolean {
    const { bucket, waitMs } = takeToken(this.#bucket, this.#rate, nowMs);
    this.#bucket = bucket;
    return waitMs === 0;
  }
}
