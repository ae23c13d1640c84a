import type { SignalHub } from "../signaling/hub.ts";
import { upgradeTicketed } from "../signaling/ticketed_socket.ts";
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
  return upgradeTicketed(request, hub, address, (socket) => new RelayEnd(desk, wireOf(socket)));
}

function wireOf(socket: WebSocket): RelayWire {
  return {
    // A page that went away a moment ago is no error of the one who talks to it.
    send: (message) => void (socket.readyState === WebSocket.OPEN && socket.send(message)),
    close: (reason) => socket.close(closeCodeOfRelay(reason), reason),
    bufferedBytes: () => socket.bufferedAmount,
  };
}
