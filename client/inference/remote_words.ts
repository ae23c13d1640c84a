import { assertNever } from "@/protocol";
import type { InferenceLinkState } from "./inference_link.ts";
import type { DetectorErrorCode } from "./worker_messages.ts";

/** Why the server takes no frames for now, as a sentence for the screen. */
export function waitingWords(
  cause: Extract<InferenceLinkState, { kind: "waiting" }>["cause"],
): string {
  switch (cause) {
    case "restarting":
      return "Inference on the server is restarting; detections come back by themselves.";
    case "too-many-streams":
      return "The server has as many viewers as it can serve; trying again by itself.";
    case "away":
      return "The server cannot be reached now; trying again by itself.";
    case "no-way":
      return "Frames do not get through to the server, neither over UDP nor over HTTP; " +
        "trying again by itself. A firewall or proxy may be in the way.";
    default:
      return assertNever(cause);
  }
}

/** Why the server takes no frames at all, as a sentence that says what to do. */
export function endedWords(
  cause: Extract<InferenceLinkState, { kind: "ended" }>["cause"],
): { readonly code: DetectorErrorCode; readonly message: string } {
  switch (cause) {
    case "unavailable":
      return {
        code: "server-unavailable",
        message: "The server has no inference to offer now. Choose another mode, " +
          "or start the server in server mode.",
      };
    case "unknown-model":
      return {
        code: "unknown-model",
        message: "The server does not have this model. Choose another one.",
      };
    default:
      return assertNever(cause);
  }
}
