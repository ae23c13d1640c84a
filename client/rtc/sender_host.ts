import type { SenderWorker } from "./capture_tap.ts";

// Filled in by client/build.ts.
declare const __SENDER_URL__: string;

/** Whether this browser leads frames of a sender through a Worker. */
export function canTransform(): boolean {
  return "RTCRtpScriptTransform" in globalThis;
}

/** Makes frames of a sender go through the Worker. */
export function createTransform(worker: SenderWorker): RTCRtpScriptTransform {
  return new RTCRtpScriptTransform(worker as Worker);
}

/** Starts the sender Worker of this build. */
export function startSenderWorker(): SenderWorker {
  return new Worker(__SENDER_URL__, { type: "module", name: "sender" });
}
