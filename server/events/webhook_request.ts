import { createHash, createHmac } from "node:crypto";
import type { EventLossCause, RoomId, ZoneEvent } from "@/protocol";
import { APP_VERSION } from "../base/version.ts";
import type { WebhookConfig } from "../base/webhook_config.ts";

/** A receiver that takes longer is taken for one that does not answer. */
export const TIMEOUT_MS = 5_000;

/** One event, ready to go, however often it has to. */
export interface WebhookMessage {
  readonly id: string;
  /** JSON text; what is signed and sent is these very bytes. */
  readonly body: string;
}

/** What came of one try. */
export type Attempt =
  | { readonly kind: "delivered"; readonly status: number }
  /** Trying again cannot help. */
  | { readonly kind: "final"; readonly cause: EventLossCause; readonly status: number }
  | {
    readonly kind: "again";
    readonly cause: EventLossCause;
    readonly status: number | null;
    /** As the receiver wishes; `null`: it does not say. */
    readonly afterMs: number | null;
  };

/** The event with its room's name for others. */
export function toMessage(roomId: RoomId, event: ZoneEvent): WebhookMessage {
  return {
    id: event.id,
    body: JSON.stringify({ type: "zone-event", room: roomName(roomId), ...event }),
  };
}

/** The same for every event of a room; leads to no room, and is not the name that logs have. */
export function roomName(roomId: RoomId): string {
  return createHash("sha256").update(`peerlens webhook ${roomId}`).digest("hex").slice(0, 16);
}

/** HMAC-SHA-256 over the timestamp, a dot and the body, so that an old request is not sent again. */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${timestampS}.${body}`).digest("hex");
  return `sha256=${mac}`;
}

/** Sends a message once. It goes to the configured address and nowhere else. */
export async function attempt(
  { url, secret }: WebhookConfig,
  { id, body }: WebhookMessage,
  { fetch, nowMs, signal, timeoutMs = TIMEOUT_MS }: {
    readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
    /** Ms since the epoch. */
    readonly nowMs: number;
    /** Ends it early. */
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
  },
): Promise<Attempt> {
  const timestampS = Math.floor(nowMs / 1000);
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "User-Agent": `Peerlens/${APP_VERSION}`,
    "X-Peerlens-Event": id,
    "X-Peerlens-Timestamp": String(timestampS),
  };
  if (secret !== null) headers["X-Peerlens-Signature"] = signatureOf(secret, timestampS, body);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      // Followed, a redirect would take pictures where nobody has allowed them to go.
      redirect: "manual",
      signal: AbortSignal.any([timeout, signal]),
    });
    await response.body?.cancel();
    return answerOf(response, nowMs);
  } catch {
    const cause = timeout.aborted ? "timeout" : "unreachable";
    return { kind: "again", cause, status: null, afterMs: null };
  }
}

function answerOf({ status, headers }: Response, nowMs: number): Attempt {
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  if (status >= 300 && status < 400) return { kind: "final", cause: "redirected", status };
  if (status >= 500 || status === 429 || status === 408) {
    const afterMs = retryAfterMs(headers.get("retry-after"), nowMs);
    return { kind: "again", cause: "failing", status, afterMs };
  }
  return { kind: "final", cause: "refused", status };
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfterMs(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const ms = /^\d{1,6}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
