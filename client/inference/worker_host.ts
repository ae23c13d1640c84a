import type { FromWorker, ToWorker } from "./worker_messages.ts";

// Filled in by client/build.ts.
declare const __WORKER_URL__: string;
declare const __ENCODER_URL__: string;
declare const __FLOW_URL__: string;

/** What a page hears of its Worker. */
export interface WorkerEvents<M = FromWorker> {
  onMessage(message: M): void;
  /** The Worker threw outside its own handlers, or could not be started. */
  onDeath(message: string): void;
}

/** What a page uses of a Worker. */
export type WorkerHandle = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

/** Starts the detection Worker of this build. */
export function startWorker(): WorkerHandle {
  return new Worker(__WORKER_URL__, { type: "module", name: "detector" });
}

/** Starts the Worker of this build that makes JPEG of frames. */
export function startEncodeWorker(): WorkerHandle {
  return new Worker(__ENCODER_URL__, { type: "module", name: "encoder" });
}

/** Starts the Worker of this build that sends frames to the server and hears what is in them. */
export function startFlowWorker(): WorkerHandle {
  return new Worker(__FLOW_URL__, { type: "module", name: "server frames" });
}

/** Directs what the Worker says to `events`, and to nobody else. */
export function listen<M = FromWorker>(
  worker: WorkerHandle,
  events: WorkerEvents<NoInfer<M>>,
): void {
  worker.onmessage = ({ data }: MessageEvent<M>) => events.onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    events.onDeath(event.message || "This page could not start a worker.");
  };
}

/** Typed `postMessage`. */
export function send<M = ToWorker>(
  worker: WorkerHandle,
  message: NoInfer<M>,
  transfer: Transferable[] = [],
): void {
  worker.postMessage(message, transfer);
}
