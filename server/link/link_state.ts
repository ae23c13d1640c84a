import {
  type Bucket,
  type FromClientMessage,
  JOIN_TIMEOUT_MS,
  LINK_TOPIC,
  type LinkRecord,
  MAX_SIGNAL_BYTES,
  MESSAGE_BURST,
  MESSAGES_PER_SECOND,
  parseFromClient,
  PROTOCOL_VERSION,
  type SignalErrorCode,
  SILENCE_TIMEOUT_MS,
  takeToken,
} from "@/protocol";
import { MAX_TOPIC_TEXT_CHARS, TOPIC_BYTES_RATE, TOPIC_TEXT_RATE } from "./limits.ts";
import type { RefusalDetails } from "./refusal.ts";

const MESSAGE_RATE = { perSecond: MESSAGES_PER_SECOND, burst: MESSAGE_BURST };

/**
 * opened → control or bulk → ended; anything fatal leads to `ended`. Times are ms on a clock that does
 * not go backwards.
 */
export interface LinkState {
  readonly phase: "opened" | "control" | "bulk" | "ended";
  readonly openedMs: number;
  readonly heardMs: number;
  /** What is left of its rates: of messages about link and room, and of both kinds on topics. */
  readonly messages: Bucket;
  readonly texts: Bucket;
  readonly bytes: Bucket;
}

/** What can happen to a link. */
export type LinkInput =
  & { readonly nowMs: number }
  & (
    | { readonly kind: "record"; readonly record: LinkRecord }
    /** What came is no record; `RangeError`: it is too long. */
    | { readonly kind: "unreadable"; readonly error: unknown }
    /** It said who it is, and that is so. */
    | { readonly kind: "accepted"; readonly as: "control" | "bulk" }
    | { readonly kind: "tick" }
    | { readonly kind: "ended" }
  );

/** What is to be done about it. What passes is well-formed; whether it is allowed is another matter. */
export type LinkEffect =
  | { readonly kind: "none" }
  | { readonly kind: "message"; readonly message: FromClientMessage }
  | { readonly kind: "data"; readonly record: LinkRecord }
  /** Over its rate, and lost. */
  | { readonly kind: "lost" }
  | { readonly kind: "refuse"; readonly code: SignalErrorCode; readonly details?: RefusalDetails };

/** The next state, and what to do. */
export interface LinkStep {
  readonly state: LinkState;
  readonly effect: LinkEffect;
}

/** A link that was just opened. */
export function openedLink(nowMs: number): LinkState {
  return {
    phase: "opened",
    openedMs: nowMs,
    heardMs: nowMs,
    messages: null,
    texts: null,
    bytes: null,
  };
}

/** Sizes, rates, times, versions, and what may be said when. Pure. */
export function stepLink(state: LinkState, input: LinkInput): LinkStep {
  if (state.phase === "ended") return { state, effect: { kind: "none" } };
  const { nowMs } = input;
  switch (input.kind) {
    case "record": {
      const heard = { ...state, heardMs: nowMs };
      const { topic, data } = input.record;
      if (topic !== LINK_TOPIC) return onTopic(heard, input.record, nowMs);
      if (typeof data !== "string") {
        return refuse(heard, "bad-message", "Messages about link and room are texts");
      }
      return onMessage(heard, data, nowMs);
    }
    case "unreadable":
      return input.error instanceof RangeError
        ? refuse(state, "too-large")
        : refuse(state, "bad-message", "What came is not a record");
    case "accepted":
      return { state: { ...state, phase: input.as }, effect: { kind: "none" } };
    case "tick":
      if (state.phase === "opened" && nowMs - state.openedMs >= JOIN_TIMEOUT_MS) {
        return refuse(state, "timeout", "It did not say in time who it is");
      }
      if (nowMs - state.heardMs >= SILENCE_TIMEOUT_MS) return refuse(state, "timeout");
      return { state, effect: { kind: "none" } };
    case "ended":
      return { state: { ...state, phase: "ended" }, effect: { kind: "none" } };
  }
}

function onMessage(before: LinkState, text: string, nowMs: number): LinkStep {
  const { bucket, waitMs } = takeToken(before.messages, MESSAGE_RATE, nowMs);
  const state = { ...before, messages: bucket };
  if (waitMs > 0) return refuseFast(state, waitMs);
  if (isTooLarge(text)) return refuse(state, "too-large");
  const message = parsed(text);
  if (message instanceof Error) return refuse(state, "bad-message", sentence(message));
  if (message.type === "join" && message.version !== PROTOCOL_VERSION) {
    return refuse(state, "bad-version");
  }
  const isFirst = message.type === "join" || message.type === "open";
  if (state.phase === "opened" && !isFirst) {
    return refuse(state, "bad-message", "The first message must be a join, or open");
  }
  // A bulk link is for topics; all else is said on the control link.
  if (state.phase === "bulk" && message.type !== "ping") return refuse(state, "not-allowed");
  if (state.phase === "control" && message.type === "open") return refuse(state, "not-allowed");
  return { state, effect: { kind: "message", message } };
}

function onTopic(before: LinkState, record: LinkRecord, nowMs: number): LinkStep {
  if (before.phase !== "bulk") return refuse(before, "bad-message", "Topics are on bulk links");
  const { data } = record;
  const isText = typeof data === "string";
  if (isText && data.length > MAX_TOPIC_TEXT_CHARS) return refuse(before, "too-large");
  const kind = isText ? "texts" : "bytes";
  const rate = isText ? TOPIC_TEXT_RATE : TOPIC_BYTES_RATE;
  const { bucket, waitMs } = takeToken(before[kind], rate, nowMs);
  const state = { ...before, [kind]: bucket };
  if (waitMs === 0) return { state, effect: { kind: "data", record } };
  return isText ? refuseFast(state, waitMs) : { state, effect: { kind: "lost" } };
}

function refuse(state: LinkState, code: SignalErrorCode, message?: string): LinkStep {
  const details = message === undefined ? {} : { details: { message } };
  return { state, effect: { kind: "refuse", code, ...details } };
}

function refuseFast(state: LinkState, retryAfterMs: number): LinkStep {
  return { state, effect: { kind: "refuse", code: "too-fast", details: { retryAfterMs } } };
}

function parsed(text: string): FromClientMessage | Error {
  try {
    return parseFromClient(text);
  } catch (error) {
    return error as Error;
  }
}

/** Names the field at fault. A JSON error is not passed on: it quotes what it could not read. */
function sentence(error: Error): string {
  return error instanceof TypeError ? error.message.slice(0, 200) : "The message is not JSON";
}

/** A UTF-16 unit is one to three bytes of UTF-8, so most texts need not be encoded to be measured. */
function isTooLarge(text: string): boolean {
  if (text.length > MAX_SIGNAL_BYTES) return true;
  if (text.length * 3 <= MAX_SIGNAL_BYTES) return false;
  return new TextEncoder().encode(text).byteLength > MAX_SIGNAL_BYTES;
}
