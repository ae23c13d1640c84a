import { decodeRecord, LINK_PATHS, MAX_RECORD_BYTES } from "@/protocol";
import type { Transport, TransportOptions } from "./transport.ts";

/** The usual transport: each message of a WebSocket is a record. */
export function openSocketTransport({ origin, first, events }: TransportOptions): Transport {
  const stop = new AbortController();
  const { signal } = stop;
  const end = () => {
    if (signal.aborted) return;
    stop.abort();
    events.onClose();
  };
  const url = new URL(LINK_PATHS.socket, origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch {
    // Where pages may open none at all.
    queueMicrotask(end);
    return { bufferedBytes: 0, hasSpoken: false, send() {}, close: () => stop.abort() };
  }
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => socket.send(first), { signal });
  socket.addEventListener("message", ({ data }) => {
    try {
      const record = decodeRecord(new Uint8Array(data), MAX_RECORD_BYTES);
      if (record !== null) events.onRecord(record);
    } catch {
      // Of a newer server: no reason to drop a link that works.
    }
  }, { signal });
  socket.addEventListener("close", end, { signal });
  socket.addEventListener("error", end, { signal });
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    get hasSpoken() {
      return socket.readyState !== WebSocket.CONNECTING;
    },
    send(record) {
      // A socket that is closing cannot carry it, and throwing here would hide the close itself.
      if (!signal.aborted && socket.readyState === WebSocket.OPEN) socket.send(record);
    },
    close() {
      stop.abort();
      socket.close();
    },
  };
}
