import { openSocketTransport } from "./socket_transport.ts";
import { openStreamTransport } from "./stream_transport.ts";
import type { OpenTransport } from "./transport.ts";

/** The two real transports. */
export const openTransport: OpenTransport = (kind, options) =>
  kind === "websocket" ? openSocketTransport(options) : openStreamTransport(options);
