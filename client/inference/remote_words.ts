import { assertNever } from "@/protocol";
import type { FrameStreamState } from "./frame_stream.ts";
import type { DetectorErrorCode } from "./worker_messages.ts";

/** Why the server takes no frames for now, as a sentence for the screen. */
export function waitingWords(
  cause: Extract<FrameStreamState, { kind: "waiting" }>["cause"],
): string {
  switch (cause) {
    case "restarting":
      return "Detection on the server is restarting. It comes back automatically.";
    case "too-many-streams":
      return "The server is serving as many viewers as it can. Trying again …";
    case "away":
      return "The server is unreachable. Trying again …";
    case "no-transport":
      return "Frames do not reach the server, neither over UDP nor over HTTP. A firewall or proxy " +
        "may be blocking them. Trying again …";
    default:
      return assertNever(cause);
  }
}

/** Why the server takes no frames at all, as a sentence that says what to do. */
export function endedWords(
  cause: Extract<FrameStreamState, { kind: "ended" }>["cause"],
): { readonly code: DetectorErrorCode; readonly message: string } {
  switch (cause) {
    case "unavailable":
      return {
        code: "server-unavailable",
        message: "The server cannot run models now. Choose another mode, " +
          "or start the server with --mode server.",
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
