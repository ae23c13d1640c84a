import type { Hono } from "hono";
import { type AppEnv, checkOrigin } from "../security.ts";
import type { SignalHub } from "../signaling/hub.ts";
import type { RelayDesk } from "./desk.ts";
import { upgradeRelay } from "./relay_socket.ts";
import { RelayStreams } from "./relay_stream.ts";

/** The routes of the relay; where it is off, there are none. */
export function addRelay(
  app: Hono<AppEnv>,
  { hub, relay: desk }: { readonly hub: SignalHub; readonly relay: RelayDesk | null },
): void {
  if (desk === null) return;
  const streams = new RelayStreams(hub, desk);
  app.use("/api/relay", checkOrigin());
  app.use("/api/relay/*", checkOrigin());
  app.get("/api/relay", (c) => upgradeRelay(c.req.raw, { hub, desk }, c.env.address));
  app.post("/api/relay/stream", (c) => streams.stream(c.req.raw, c.env.address));
  app.post("/api/relay/send", (c) => streams.send(c.req.raw));
}
