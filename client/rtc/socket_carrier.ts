import { MAX_RESULT_CHARS } from "@/protocol";
import { type FrameCarrier, type FrameCarrierIo, MAX_MESSAGE_BYTES } from "./frame_carrier.ts";

/** How sockets to the server are made. */
export interface SocketCarrierOptions {
  /** Origin of the server. */
  readonly origin: string;
  createSocket(url: URL): WebSocket;
}

/** Where the server takes frames. */
const PATH = "/api/frames";

/** Its answer shows that the ticket was taken. */
const FIRST_PING = JSON.stringify({ type: "clock-ping", nonce: 0 });

/** One WebSocket, opened with a ticket that signalling brings. */
export function openSocketCarrier(
  { origin, createSocket }: SocketCarrierOptions,
  io: FrameCarrierIo,
): FrameCarrier {
  const stop = new AbortController();
  const { signal } = stop;
  let socket: WebSocket | null = null;
  let isOpen = false;

  const close = () => {
    if (signal.aborted) return;
    stop.abort();
    socket?.close();
  };
  const end = () => {
    if (signal.aborted) return;
    close();
    io.onClose();
  };
  const connect = (ticket: string) => {
    const url = new URL(PATH, origin);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const opened = createSocket(url);
    socket = opened;
    opened.binaryType = "arraybuffer";
    opened.addEventListener("open", () => {
      opened.send(ticket);
      opened.send(FIRST_PING);
    }, { signal });
    opened.addEventListener("message", ({ data }) => {
      if (typeof data !== "string" || data.length > MAX_RESULT_CHARS) return;
      if (!isOpen) {
        isOpen = true;
        io.onOpen();
      }
      io.onText(data);
    }, { signal });
    opened.addEventListener("close", end, { signal });
    opened.addEventListener("error", end, { signal });
  };
  if (!io.say({ kind: "ticket" })) queueMicrotask(end);

  return {
    kind: "websocket",
    maxMessageBytes: MAX_MESSAGE_BYTES,
    get bufferedBytes() {
      return socket?.bufferedAmount ?? 0;
    },
    send(message) {
      if (signal.aborted || !isOpen || socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(message);
      return true;
    },
    receive(body) {
      if (body.kind === "ticket" && socket === null && !signal.aborted) connect(body.ticket);
    },
    close,
  };
}
