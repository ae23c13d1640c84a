import type { FromWorker, ToWorker } from "./worker_messages.ts";

// Filled in by client/build.ts.
declare const __WORKER_URL__: string;

/** What a page hears of its Worker. */
export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  /** The Worker threw outside its own handlers, or could not be started. */
  onDeath(message: string): void;
}

/** What a page uses of a Worker. */
export type WorkerHandle = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** Starts the detection Worker of this build. */
export function startWorker(): WorkerHandle {
  return new Worker(__WORKER_URL__, { type: "module", name: "detector" });
}

/** Directs what the Worker says to `events`, and to nobody else. */
export function listen(worker: WorkerHandle, events: WorkerEvents): void {
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => events.onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    events.onDeath(event.message || "The detection worker could not be started.");
  };
}

/** Typed `postMessage`. */
export function send(
  worker: WorkerHandle,
  message: ToWorker,
  transfer: Transferable[] = [],
): void {
  worker.postMessage(message, transfer);
}
