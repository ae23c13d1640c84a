import type { ErrorMessage, SignalErrorCode } from "@/protocol";

/** Replaces the usual sentence or waiting time of a refusal. */
export interface RefusalDetails {
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/** How a refusal goes out: its sentence, whether the link closes, when to come again. */
interface Refusal {
  readonly message: string;
  readonly fatal: boolean;
  readonly retryAfterMs?: number;
}

const REFUSALS: Readonly<Record<SignalErrorCode, Refusal>> = {
  "bad-message": { message: "The message is not one that the protocol knows", fatal: true },
  "bad-version": { message: "The page speaks another version: reload it", fatal: true },
  "unknown-room": { message: "The room does not exist, or its owner is away", fatal: true },
  "bad-token": { message: "The token does not open this room in this role", fatal: true },
  "sign-in-needed": { message: "The server asks for its password first", fatal: true },
  "room-full": { message: "All places of this role are taken", fatal: true, retryAfterMs: 5_000 },
  "unknown-peer": { message: "The peer is not in the room any more", fatal: false },
  "not-allowed": { message: "This role may not send that message now", fatal: false },
  "too-large": { message: "The message is larger than it may be", fatal: true },
  "too-fast": { message: "Too many messages in a short time", fatal: true, retryAfterMs: 1_000 },
  "timeout": { message: "Nothing was heard for too long", fatal: true },
  "too-many-rooms": {
    message: "The server holds as many rooms as it may",
    fatal: true,
    retryAfterMs: 30_000,
  },
  "too-many-sockets": {
    message: "This address holds as many connections as it may",
    fatal: true,
    retryAfterMs: 5_000,
  },
  "replaced": { message: "The same page was opened again elsewhere", fatal: true },
  "sent-away": { message: "The owner has sent this page away", fatal: true },
  "out-of-reach": {
    message: "This node cannot reach the others now",
    fatal: true,
    retryAfterMs: 1_000,
  },
  "server-closing": { message: "The server is shutting down", fatal: true, retryAfterMs: 1_000 },
  "bad-ticket": { message: "The ticket is none, was used before, or is too old", fatal: true },
  "bad-frame": { message: "That is not a frame, or this page may send none", fatal: true },
  "backlog": { message: "The page reads too slowly", fatal: true },
  "ended": { message: "The link is over: open a new one", fatal: true },
  "unknown-camera": { message: "No such camera, or not for this owner", fatal: false },
  "too-many-cameras": { message: "The room has as many cameras as it may", fatal: false },
  "cameras-busy": { message: "As many viewers watch cameras as may", fatal: false },
};

/**
 * The error message of a code. What the peer sent is never repeated in it, so a token cannot come
 * back out, or reach a log, through an error.
 */
export function refusal(code: SignalErrorCode, details: RefusalDetails = {}): ErrorMessage {
  return { type: "error", code, ...REFUSALS[code], ...details };
}

/** WebSocket close codes: going away, unacceptable data, too big; everything else is policy. */
export function closeCodeOf(code: SignalErrorCode): number {
  if (code === "ended") return 1000;
  if (code === "server-closing") return 1001;
  if (code === "bad-message" || code === "bad-frame") return 1007;
  return code === "too-large" ? 1009 : 1008;
}
