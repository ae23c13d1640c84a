import { fromRelayWireSchema, parse, RELAY_CLOSE_REASONS, type RelayCloseReason } from "@/protocol";
import type { Wire, WireEvents } from "./wire.ts";

/** Where the server takes wires. */
const PATH = "/api/relay";

/** The usual way. */
export function openSocketWire(origin: string, ticket: string, events: WireEvents): Wire {
  const stop = new AbortController();
  const { signal } = stop;
  const url = new URL(PATH, origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const end = (reason: string) => {
    if (signal.aborted) return;
    stop.abort();
    events.onClose(closeReasonOf(reason));
  };
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch {
    // Where pages may open none at all.
    queueMicrotask(() => end(""));
    return { bufferedBytes: 0, send() {}, close: () => stop.abort() };
  }
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => socket.send(ticket), { signal });
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return events.onFrame(new Uint8Array(data));
    try {
      events.onText(parse(fromRelayWireSchema, data));
    } catch {
      // Of a newer server: no reason to drop a wire that works.
    }
  }, { signal });
  socket.addEventListener("close", ({ reason }) => end(reason), { signal });
  socket.addEventListener("error", () => end(""), { signal });
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      if (!signal.aborted && socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close() {
      stop.abort();
      socket.close();
    },
  };
}

/** What the server said in closing; `null`: nothing of ours. */
export function closeReasonOf(reason: string): RelayCloseReason | null {
  return RELAY_CLOSE_REASONS.find((known) => known === reason) ?? null;
}
