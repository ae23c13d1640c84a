import type { FrameFeed } from "../detector.ts";
import type { WorkerHandle } from "../../base/worker_handle.ts";
import type { ReadMessage } from "../worker_messages.ts";

/** A Worker that does nothing but what the test says. */
export class FakeWorker<In extends { readonly kind: string }, Out> implements WorkerHandle {
  onmessage: WorkerHandle["onmessage"] = null;
  onerror: WorkerHandle["onerror"] = null;
  readonly sent: In[] = [];
  isTerminated = false;

  postMessage(message: In): void {
    this.sent.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  say(data: Out): void {
    this.onmessage?.call(this as unknown as Worker, { data } as MessageEvent);
  }

  die(): void {
    const event = { message: "boom", preventDefault() {} } as ErrorEvent;
    this.onerror?.call(this as unknown as Worker, event);
  }

  /** What it was sent of one kind. */
  of<K extends In["kind"]>(kind: K): Extract<In, { kind: K }>[] {
    return this.sent.filter((message): message is Extract<In, { kind: K }> =>
      message.kind === kind
    );
  }
}

/** A feed of one frame. */
export class FakeFeed implements FrameFeed<ReadMessage> {
  attached = 0;
  accepted = 0;
  unreadable = 0;

  attach(post: (message: ReadMessage, transfer: Transferable[]) => void): void {
    this.attached += 1;
    post({ kind: "frame", frame: {} as VideoFrame, key: null }, []);
  }

  detach(): void {
    this.attached = 0;
  }

  onAccepted(): void {
    this.accepted += 1;
  }

  onUnreadable(): void {
    this.unreadable += 1;
  }

  isFlowing(): boolean {
    return false;
  }
}
