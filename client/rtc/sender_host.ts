import type { SenderWorker } from "./capture_tap.ts";

// Filled in by client/build.ts.
declare const __SENDER_URL__: string;

/** Makes frames of a sender go through the Worker. @throws {TypeError} Where the browser cannot. */
export function createTransform(worker: SenderWorker): unknown {
  if (typeof RTCRtpScriptTransform === "undefined") {
    throw new TypeError("Cannot transform frames in this browser");
  }
  return new RTCRtpScriptTransform(worker as Worker);
}

/** Starts the sender Worker of this build. */
export function startSenderWorker(): SenderWorker {
  return new Worker(__SENDER_URL__, { type: "module", name: "sender" });
}
