import { FINAL_ERROR_CODES, type PrivacyState, type SignalErrorCode } from "@/protocol";
import type { ConnectionState } from "../rtc/remote_peer.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";

/** A first connection in a LAN takes under a second; after this long something is in the way. */
export const SLOW_MS = 8_000;

/** The connection as the phone's page shows it. */
export type PhoneConnection =
  | { readonly kind: "joining" }
  | { readonly kind: "server-away" }
  /** `isFinal`: it does not try again by itself. */
  | { readonly kind: "refused"; readonly code: SignalErrorCode; readonly isFinal: boolean }
  /** A viewer is there and the camera is not on yet. */
  | { readonly kind: "ready" }
  | { readonly kind: "no-viewer" }
  | { readonly kind: "connecting" }
  | { readonly kind: "slow" }
  /** There can be no direct connection: one of the browsers, this one or the viewer's, has no WebRTC. */
  | { readonly kind: "no-webrtc"; readonly where: "here" | "there" }
  | { readonly kind: "live"; readonly viewers: number }
  /** Live, for some of the viewers through the server. */
  | { readonly kind: "relayed"; readonly viewers: number }
  | { readonly kind: "live-without-server" }
  | { readonly kind: "recovering" };

/**
 * Sums up the signalling and the connections to all viewers. Pure; `nowMs` on the page's
 * `performance` clock.
 * @param relayed Viewers that get the picture through the server.
 */
export function phoneConnection(
  signal: ServerLinkState,
  viewers: readonly ConnectionState[],
  { nowMs, relayed = 0 }: { readonly nowMs: number; readonly relayed?: number },
): PhoneConnection {
  const live = viewers.filter(({ kind }) => kind === "connected").length;
  const isJoined = signal.kind === "joined";
  if (relayed > 0) return { kind: "relayed", viewers: live + relayed };
  if (live > 0) return isJoined ? { kind: "live", viewers: live } : { kind: "live-without-server" };
  if (!isJoined) return outside(signal);
  if (viewers.length === 0) return { kind: "no-viewer" };
  if (viewers.some(({ kind }) => kind === "recovering")) return { kind: "recovering" };
  const connecting = viewers.filter((state) => state.kind === "connecting");
  if (connecting.length === 0) {
    const impossible = viewers.find(({ kind }) => kind === "impossible");
    return impossible?.kind === "impossible"
      ? { kind: "no-webrtc", where: impossible.where }
      : { kind: "ready" };
  }
  const isSlow = connecting.every(({ sinceMs, tries }) => tries > 0 || nowMs - sinceMs > SLOW_MS);
  return { kind: isSlow ? "slow" : "connecting" };
}

function outside(signal: ServerLinkState): PhoneConnection {
  if (signal.kind === "refused") return refused(signal.code);
  if (signal.kind !== "waiting" && signal.kind !== "connecting") return { kind: "joining" };
  const { cause } = signal;
  if (cause === null) return { kind: "joining" };
  return cause === "lost" || cause === "server-closing" ? { kind: "server-away" } : refused(cause);
}

function refused(code: SignalErrorCode): PhoneConnection {
  return { kind: "refused", code, isFinal: FINAL_ERROR_CODES.has(code) };
}

/** Where frames go, of all viewers together. */
export type PhonePrivacy = Omit<PrivacyState, "type">;

/** The farthest that frames go, when several viewers say different things; `null`: none has yet. */
export function farthestPrivacy(states: readonly (PrivacyState | null)[]): PhonePrivacy | null {
  const said = states.filter((state) => state !== null);
  const frames = (["server", "local", "off"] as const).find((place) =>
    said.some((state) => state.frames === place)
  );
  if (frames === undefined) return null;
  return { frames, eventsTo: said.find(({ eventsTo }) => eventsTo !== null)?.eventsTo ?? null };
}
