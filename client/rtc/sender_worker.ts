import { epochMs } from "../base/epoch.ts";
import { PairBatch } from "./pair_batch.ts";
import type { FromSenderWorker } from "./capture_tap.ts";

// ENTRY of the phone's sender Worker: notes when each frame left the encoder.

/** https://w3c.github.io/webrtc-encoded-transform/ */
interface TransformEvent extends Event {
  readonly transformer: {
    readonly readable: ReadableStream<RTCEncodedVideoFrame>;
    readonly writable: WritableStream<RTCEncodedVideoFrame>;
  };
}

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onrtctransform: (event: TransformEvent) => void;
  postMessage(message: FromSenderWorker): void;
};

scope.onrtctransform = ({ transformer: { readable, writable } }) => {
  const batch = new PairBatch();
  const noting = new TransformStream<RTCEncodedVideoFrame, RTCEncodedVideoFrame>({
    transform(frame, controller) {
      // Before anything that could go wrong: the picture matters more than its time.
      controller.enqueue(frame);
      const { rtpTimestamp } = frame.getMetadata();
      if (rtpTimestamp === undefined) return;
      const pairs = batch.add([rtpTimestamp, epochMs()]);
      if (pairs !== null) scope.postMessage({ kind: "pairs", pairs });
    },
  });
  readable.pipeThrough(noting).pipeTo(writable).catch((error) => {
    scope.postMessage({ kind: "failed", message: String(error) });
  });
};

scope.postMessage({ kind: "ready" });
