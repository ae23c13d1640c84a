import { openSocketWire } from "./socket_wire.ts";
import { openStreamWire } from "./stream_wire.ts";
import type { OpenWire } from "./wire.ts";

/** Opens wires to the server that this page came from. */
export function wiresTo(origin: string): OpenWire {
  return (kind, ticket, events) =>
    (kind === "websocket" ? openSocketWire : openStreamWire)(origin, ticket, events);
}
