import type { FrameDropCause, FrameResultMessage, StreamSettings } from "@/protocol";
import { hasPlaceFor, type Holder } from "../base/limits.ts";
import type { Account } from "../inference/account.ts";
import { MAX_PENDING_PICTURES, PICTURE_TIMEOUT_MS, type ToChild } from "../inference/ipc.ts";

/** What became of one picture. `lost`: the inference process ended, or did not answer in time. */
export type DetectAnswer =
  | { readonly kind: "result"; readonly result: FrameResultMessage }
  | { readonly kind: "dropped"; readonly cause: FrameDropCause }
  | { readonly kind: "busy" }
  | { readonly kind: "lost" };

/** Pictures outside any stream, on their way to the inference process and back. Bounded. */
export class DetectRequests {
  readonly #send: (message: ToChild, jpeg: Uint8Array) => void;
  readonly #pending = new Map<
    number,
    { readonly holder: Holder; readonly resolve: (answer: DetectAnswer) => void }
  >();
  #last = 0;

  /** @param send Hands a message to the inference process, which is there. */
  constructor(send: (message: ToChild, jpeg: Uint8Array) => void) {
    this.#send = send;
  }

  /** Has one picture examined. Never rejects. */
  run(jpeg: Uint8Array, settings: StreamSettings, account: Account): Promise<DetectAnswer> {
    const holder = { ...account, roomId: account.room };
    if (!this.#hasPlaceFor(holder)) return Promise.resolve({ kind: "busy" });
    const request = ++this.#last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(request, { kind: "lost" }), PICTURE_TIMEOUT_MS);
      this.#pending.set(request, {
        holder,
        resolve(answer) {
          clearTimeout(timer);
          resolve(answer);
        },
      });
      this.#send({ kind: "detect", request, settings, account }, jpeg);
    });
  }

  /** The answer to one request; one that is not waited for any more is ignored. */
  settle(request: number, answer: DetectAnswer): void {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    pending?.resolve(answer);
  }

  /** A program with the server's token may have them all. */
  #hasPlaceFor(holder: Holder): boolean {
    if (holder.isTrusted) return this.#pending.size < MAX_PENDING_PICTURES;
    const held = [...this.#pending.values()].map((pending) => pending.holder);
    return hasPlaceFor(holder, MAX_PENDING_PICTURES, held);
  }

  /** The inference process has ended. */
  loseAll(): void {
    for (const request of [...this.#pending.keys()]) this.settle(request, { kind: "lost" });
  }
}
