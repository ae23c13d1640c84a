import type { PhoneConnection } from "./phone_connection.ts";

/** The connection in words, said aloud by screen readers when it changes. */
export function PhoneStatus(
  { connection, text, onRetry }: {
    connection: PhoneConnection;
    text: string;
    onRetry: () => void;
  },
) {
  return (
    <div class={`phone-status ${moodOf(connection)}`}>
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
function moodOf(connection: PhoneConnection): "good" | "wait" | "bad" {
  switch (connection.kind) {
    case "live":
    case "relayed":
    case "live-without-server":
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
