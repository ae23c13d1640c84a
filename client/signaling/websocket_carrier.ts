import { type Carrier, type CarrierOptions, parsed } from "./carrier.ts";

/** Where the server takes WebSockets. */
const PATH = "/api/signal";

/** The usual carrier. */
export function openWebSocketCarrier(options: CarrierOptions): Carrier {
  const { events, log } = options;
  const url = new URL(PATH, options.origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    events.onClose();
  };
  socket.addEventListener("open", () => socket.send(JSON.stringify(options.join)));
  socket.addEventListener("message", (event) => {
    if (isOver) return;
    const message = parsed(event.data, log);
    if (message !== null) events.onMessage(message);
  });
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  return {
    send(message) {
      // A socket that is closing cannot carry it, and throwing here would hide the close itself.
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      isOver = true;
      socket.close();
    },
  };
}
