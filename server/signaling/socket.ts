import type { SignalHub } from "./hub.ts";
import type { Visitor } from "./visitor.ts";

/** Deno pings a WebSocket that was silent this long, and ends it when no pong comes: dead TCP. */
const IDLE_TIMEOUT_S = 30;

/** Of the WebSocket protocol: the only one there is. */
const VERSION = "13";

/**
 * Makes a request for `/api/signal` a WebSocket that carries one session. Origin and Host are the
 * caller's to check. Upgraded directly, because Hono's helper cannot pass `idleTimeout`.
 */
export function upgradeSocket(request: Request, hub: SignalHub, visitor: Visitor): Response {
  const upgrade = acceptSocket(request, hub, visitor.address);
  if (upgrade instanceof Response) return upgrade;
  carry(upgrade.socket, hub, visitor);
  return upgrade.response;
}

/** Upgrades a request within the bounds of its address; or answers why not. */
export function acceptSocket(
  request: Request,
  hub: SignalHub,
  address: string,
): Deno.WebSocketUpgrade | Response {
  if (!hub.accepts(address)) {
    return new Response("This address holds too many connections.\n", { status: 429 });
  }
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": VERSION };
  return upgraded(request) ??
    new Response("This address speaks WebSocket only.\n", { status: 426, headers });
}

/** `null` for a request that is not a proper opening handshake (RFC 6455 section 4.2.1). */
function upgraded(request: Request): Deno.WebSocketUpgrade | null {
  // Deno looks at everything but this.
  if (request.headers.get("sec-websocket-version") !== VERSION) return null;
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT_S });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function carry(socket: WebSocket, hub: SignalHub, visitor: Visitor): void {
  const uncount = hub.countWire(visitor.address);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    const session = hub.open({
      // A peer that went away a moment ago is no error of the one who talks to it.
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      bufferedBytes: () => socket.bufferedAmount,
    }, visitor);
    socket.onmessage = ({ data }) =>
      typeof data === "string" ? session.onText(data) : session.onBinary();
    socket.onclose = () => {
      uncount();
      session.onClose();
    };
  };
  // Before `open` there is no session yet, only the count. An `error` is followed by `close`.
  socket.onclose = uncount;
  socket.onerror = (event) => event.preventDefault();
}
