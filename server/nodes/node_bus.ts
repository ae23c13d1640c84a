import type { NoAnswer } from "../bus/bus.ts";

/** A message that came over the bus. */
export interface NodeMessage {
  readonly subject: string;
  /** The receiver's to keep. */
  readonly data: Uint8Array;
  /** Answers whoever asked; nothing where nobody did. */
  answer(data: Uint8Array): void;
}

/** What nodes need of the bus: NATS, or a stand-in. What cannot go out is dropped. */
export interface NodeBus {
  readonly state: { readonly kind: string };
  readonly maxPayloadBytes: number;
  /** Tells of every other state from now on. @returns Ends it. */
  watch(tell: (state: { readonly kind: string }) => void): () => void;
  /** @returns `null`, or why it does not go out. */
  publish(subject: string, data: Uint8Array): string | null;
  /** @returns The first answer, or why there is none. */
  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array | NoAnswer>;
  /** @param subject With `*` for any one part. @returns Ends it. */
  listen(subject: string, receive: (message: NodeMessage) => void): () => void;
}
