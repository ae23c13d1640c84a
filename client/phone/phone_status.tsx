import type { PhoneConnection } from "./phone_connection.ts";

/** The connection in words, said aloud by screen readers when it changes. */
export function PhoneStatus(
  { connection, hasPicture, text, onRetry }: {
    connection: PhoneConnection;
    /** The camera gives one. */
    hasPicture: boolean;
    text: string;
    onRetry: () => void;
  },
) {
  return (
    <div class={`phone-status ${moodOf(connection, hasPicture)}`}>
      <p role="status" aria-live="polite">
        <span class="dot" aria-hidden="true" />
        <span>{text}</span>
      </p>
      {connection.kind === "refused" && (
        <button type="button" class="button" onClick={onRetry}>Try again</button>
      )}
    </div>
  );
}

/** Works, comes by itself, or needs a person. */
function moodOf(connection: PhoneConnection, hasPicture: boolean): "good" | "wait" | "bad" {
  switch (connection.kind) {
    case "live":
    case "relayed":
    case "live-without-server":
      return hasPicture ? "good" : "wait";
    case "ready":
      return "good";
    case "refused":
      return connection.isFinal ? "bad" : "wait";
    case "slow":
      return "bad";
    default:
      return "wait";
  }
}
