import type { OpenCarrier } from "./carrier.ts";
import { openSseCarrier } from "./sse_carrier.ts";
import { openWebSocketCarrier } from "./websocket_carrier.ts";

/** The two real carriers. */
export const openCarrier: OpenCarrier = (kind, options) =>
  kind === "websocket" ? openWebSocketCarrier(options) : openSseCarrier(options);
