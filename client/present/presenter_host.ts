import type { WorkerHandle } from "../inference/worker_host.ts";

// Filled in by client/build.ts.
declare const __PRESENTER_URL__: string;

/** Starts the presenter Worker of this build. */
export function startPresenter(): WorkerHandle {
  return new Worker(__PRESENTER_URL__, { type: "module", name: "presenter" });
}
