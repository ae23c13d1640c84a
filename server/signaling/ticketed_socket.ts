import { JOIN_TIMEOUT_MS } from "@/protocol";
import type { SignalHub } from "./hub.ts";
import { acceptSocket } from "./socket.ts";

/** Our end of a socket that shows a ticket before anything else. */
export interface TicketedEnd {
  /** Takes a message: text, or binary. */
  receive(message: string | Uint8Array<ArrayBuffer>): void;
  /** No message came in time. */
  refuse(reason: "timeout"): void;
  /** The socket is closed, by whomever. */
  lost(): void;
}

/**
 * Makes a request a WebSocket whose first message is a ticket. Origin and Host are the caller's to
 * check; the wires of its address are counted here.
 */
export function upgradeTicketed(
  request: Request,
  hub: SignalHub,
  address: string,
  open: (socket: WebSocket) => TicketedEnd,
): Response {
  const upgrade = acceptSocket(request, hub, address);
  if (upgrade instanceof Response) return upgrade;
  const { socket } = upgrade;
  const uncount = hub.countWire(address);
  socket.binaryType = "arraybuffer";
  const end = open(socket);
  const timer = setTimeout(() => end.refuse("timeout"), JOIN_TIMEOUT_MS);
  socket.onmessage = ({ data }) => {
    clearTimeout(timer);
    end.receive(typeof data === "string" ? data : new Uint8Array(data));
  };
  socket.onclose = () => {
    clearTimeout(timer);
    uncount();
    end.lost();
  };
  // An `error` is followed by `close`.
  socket.onerror = (event) => event.preventDefault();
  return upgrade.response;
}
