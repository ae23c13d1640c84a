import type { SupervisorState } from "../child/supervisor_state.ts";
import type { InferenceFacts, ToChild } from "../inference/ipc.ts";

/** What streams need of the inference process: its supervisor, or a stand-in. */
export interface InferenceProcess {
  readonly state: SupervisorState<InferenceFacts>;
  send(message: ToChild, binary?: Uint8Array): void;
}
