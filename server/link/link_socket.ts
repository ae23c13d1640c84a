import type { Connections } from "./connections.ts";
import type { LinkSession, Transport } from "./session.ts";
import type { Visitor } from "../base/visitor.ts";

/** Deno pings a WebSocket that was silent this long, and ends it when no pong comes: dead TCP. */
const IDLE_TIMEOUT_S = 30;

/** Of the WebSocket protocol: the only one there is. */
const VERSION = "13";

/** What transports need of whoever takes links: the hub. */
export interface LinkServer {
  readonly connections: Connections;
  /** Starts a session on an open transport that is already counted. It may be refused at once. */
  open(transport: Transport, visitor: Visitor): LinkSession;
}

/**
 * Makes a request a WebSocket that carries one link: each binary message is a record. Origin and Host
 * are the caller's to check. Upgraded directly, because Hono's helper cannot pass `idleTimeout`.
 */
export function upgradeLink(request: Request, server: LinkServer, visitor: Visitor): Response {
  if (!server.connections.accepts(visitor)) {
    return new Response("This address holds too many connections.\n", { status: 429 });
  }
  const upgrade = upgraded(request);
  if (upgrade === null) {
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": VERSION,
    };
    return new Response("This address speaks WebSocket only.\n", { status: 426, headers });
  }
  carry(upgrade.socket, server, visitor);
  return upgrade.response;
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

function carry(socket: WebSocket, server: LinkServer, visitor: Visitor): void {
  const uncount = server.connections.count(visitor.address);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    const session = server.open({
      // A page that went away a moment ago is no error of the one who talks to it.
      send: (record) => socket.readyState === WebSocket.OPEN && socket.send(record),
      close: (code, reason) => socket.close(code, reason),
      bufferedBytes: () => socket.bufferedAmount,
    }, visitor);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") session.unreadable(new TypeError("Cannot read text"));
      else session.receive(new Uint8Array(data));
    };
    socket.onclose = () => {
      uncount();
      session.onClose();
    };
  };
  // Before `open` there is no session yet, only the count. An `error` is followed by `close`.
  socket.onclose = uncount;
  socket.onerror = (event) => event.preventDefault();
}
