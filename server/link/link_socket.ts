import { assertNever } from "@/protocol";
import type { Upgrade } from "../base/http/http_listener.ts";
import type { MessageFault } from "../base/http/websocket_messages.ts";
import type { Connections } from "./connections.ts";
import type { LinkSession, Transport } from "./session.ts";
import type { Visitor } from "../base/visitor.ts";

/** What transports need of whoever takes links: the hub. */
export interface LinkServer {
  readonly connections: Connections;
  /** Starts a session on an open transport that is already counted. It may be refused at once. */
  open(transport: Transport, visitor: Visitor): LinkSession;
}

/**
 * Makes a request a WebSocket that carries one link: each binary message is a record. Origin and Host
 * are the caller's to check.
 */
export function upgradeLink(
  upgrade: Upgrade | null | undefined,
  server: LinkServer,
  visitor: Visitor,
): Response {
  if (!server.connections.accepts(visitor)) {
    return new Response("This address holds too many connections.\n", { status: 429 });
  }
  let session: LinkSession | null = null;
  let uncount = () => {};
  const upgraded = upgrade?.({
    maxBytes: () => session?.maxMessageBytes ?? 0,
    message: (bytes) => session?.receive(bytes),
    // Longer than all that is said of a link or a room: a frame, and what is late is lost.
    dropped: () => session?.lost(),
    fault: (fault) => session !== null && refuse(session, fault),
    closed: () => {
      uncount();
      session?.onClose();
    },
  }) ?? null;
  if (upgraded === null) {
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
    };
    return new Response("This address speaks WebSocket only.\n", { status: 426, headers });
  }
  const { socket, response } = upgraded;
  uncount = server.connections.count(visitor.address);
  session = server.open({
    send: (record) => socket.send(record),
    close: (code, reason) => socket.close(code, reason),
    bufferedBytes: () => socket.bufferedBytes,
  }, visitor);
  return response;
}

function refuse(session: LinkSession, fault: MessageFault): void {
  switch (fault) {
    case "text":
      return session.unreadable(new TypeError("Cannot read text"));
    case "protocol":
      return session.unreadable(new TypeError("Cannot read WebSocket: it is not as RFC 6455 says"));
    case "too-large":
      return session.unreadable(new RangeError("Cannot read message: it is too long"));
    default:
      return assertNever(fault);
  }
}
