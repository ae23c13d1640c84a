import { JOIN_TIMEOUT_MS } from "@/protocol";
import type { SignalHub } from "../signaling/hub.ts";
import { acceptSocket } from "../signaling/socket.ts";
import type { RelayDesk } from "./desk.ts";
import { RelayEnd } from "./relay_end.ts";
import { closeCodeOfRelay, type RelayWire } from "./wire.ts";

/**
 * Makes a request for `/api/relay` a WebSocket that is one wire of a relay. Origin and Host are the
 * caller's to check. The first message is a ticket as plain text.
 */
export function upgradeRelay(
  request: Request,
  { hub, desk }: { readonly hub: SignalHub; readonly desk: RelayDesk },
  address: string,
): Response {
  const upgrade = acceptSocket(request, hub, address);
  if (upgrade instanceof Response) return upgrade;
  const { socket } = upgrade;
  const uncount = hub.countWire(address);
  socket.binaryType = "arraybuffer";
  const end = new RelayEnd(desk, wireOf(socket));
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

function wireOf(socket: WebSocket): RelayWire {
  return {
    // A page that went away a moment ago is no error of the one who talks to it.
    send: (message) => void (socket.readyState === WebSocket.OPEN && socket.send(message)),
    close: (reason) => socket.close(closeCodeOfRelay(reason), reason),
    bufferedBytes: () => socket.bufferedAmount,
  };
}
