import type { WorkerHandle } from "../base/worker_handle.ts";

// Filled in by client/build.ts.
declare const __WORKER_URL__: string;
declare const __ENCODER_URL__: string;
declare const __FLOW_URL__: string;

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
