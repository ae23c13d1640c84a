/** What is used of a `MessagePort`. */
export type PortLike = Pick<MessagePort, "postMessage" | "onmessage" | "close">;

/** What a page uses of a Worker. */
export type WorkerHandle = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** What a page hears of its Worker. */
export interface WorkerEvents<M> {
  onMessage(message: M): void;
  /** The Worker threw outside its own handlers, or could not be started. */
  onDeath(message: string): void;
}

/** Directs what the Worker says to `events`, and to nobody else. */
export function listen<M>(worker: WorkerHandle, events: WorkerEvents<NoInfer<M>>): void {
  worker.onmessage = ({ data }: MessageEvent<M>) => events.onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    events.onDeath(event.message || "This page could not start a worker.");
  };
}

/** Typed `postMessage`. */
export function send<M>(
  worker: WorkerHandle,
  message: NoInfer<M>,
  transfer: Transferable[] = [],
): void {
  worker.postMessage(message, transfer);
}
