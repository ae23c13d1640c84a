import type { StreamSettings, ToStreamMessage } from "@/protocol";
import type { InferenceFacts, StreamKey, ToChild } from "../../inference/ipc.ts";
import type { SupervisorState } from "../../child/supervisor_state.ts";
import type { StreamGateway } from "../gateway.ts";
import type { InferenceProcess } from "../inference_process.ts";

/** What a fake process says of itself. */
export const FACTS: InferenceFacts = {
  executionProvider: "fake",
  threadsPerSession: 1,
  sessions: 1,
  isCalibrated: true,
  runMs: {},
};

/** Settings that every test may use. */
export const SETTINGS: StreamSettings = {
  modelId: "fake",
  scoreThreshold: 0.3,
  iouThreshold: 0.5,
  classes: null,
};

/** Stands in for the inference process: keeps what it is sent, and answers what the test wants. */
export class FakeProcess implements InferenceProcess {
  state: SupervisorState<InferenceFacts> = {
    kind: "ready",
    sinceMs: 0,
    heardMs: 0,
    failures: 0,
    facts: FACTS,
  };
  readonly sent: { readonly json: ToChild; readonly bytes: number }[] = [];
  /** Called with everything that is sent. */
  onSend: (message: ToChild, binary: Uint8Array | undefined) => void = () => {};

  send(message: ToChild, binary?: Uint8Array): void {
    this.sent.push({ json: message, bytes: binary?.length ?? 0 });
    this.onSend(message, binary);
  }

  /** Answers as the real one does at its best: opens, echoes, finds nothing wrong. */
  worksFor(gateway: StreamGateway): void {
    this.onSend = (message) => {
      if (message.kind === "settings") {
        const { stream, settings } = message;
        gateway.onMessage({ kind: "opened", stream, modelId: settings.modelId, runMs: 4 });
      } else if (message.kind === "signal" && message.signal.kind === "offer") {
        const signal = { kind: "answer", sdp: message.signal.sdp } as const;
        gateway.onMessage({ kind: "signal", stream: message.stream, signal });
      } else if (message.kind === "message") {
        const { stream } = message;
        gateway.onMessage({ kind: "message", stream, text: `{"frame_id":"${message.text}"}` });
      }
    };
  }

  /** The keys of the streams it was asked to open, in order. */
  opened(): StreamKey[] {
    const keys = this.sent.flatMap(({ json }) => json.kind === "settings" ? [json.stream] : []);
    return [...new Set(keys)];
  }

  /** The kinds of what it was sent, in order. */
  kinds(): string[] {
    return this.sent.map(({ json }) => json.kind);
  }
}

/** A message about a stream. */
export function aboutStream(stream: string, body: ToStreamMessage["body"]): ToStreamMessage {
  return { type: "inference", stream: stream as ToStreamMessage["stream"], body };
}
