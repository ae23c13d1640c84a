import type { Hono } from "hono";
import type { ModelEntry } from "@/protocol";
import { refuser } from "../base/refuser.ts";
import type { AppEnv } from "../base/security.ts";
import type { SignalHub } from "../rooms/hub.ts";
import { DetectRoute } from "./detect_route.ts";
import { watchDetections } from "./detections_route.ts";
import type { StreamGateway } from "./gateway.ts";

/** What the routes of server mode stand on. */
export interface StreamRouteDeps {
  readonly hub: SignalHub;
  /** `null`: this server offers no inference. */
  readonly gateway: StreamGateway | null;
  /** Models present, the default first. */
  readonly models: () => readonly ModelEntry[];
  readonly apiToken: string | null;
}

const refuse = refuser({
  "unavailable": [503, "This server runs in wasm mode: start it with --mode server or --mode auto"],
});

/** The routes of server mode. Where it is not offered, they say so. */
export function addStreams(app: Hono<AppEnv>, deps: StreamRouteDeps): void {
  const { hub, gateway } = deps;
  if (gateway === null) {
    for (const path of ["/api/detect", "/api/rooms/:room/detections"]) {
      app.all(path, () => refuse("unavailable"));
    }
    return;
  }
  const detect = new DetectRoute({ ...deps, gateway });
  app.post("/api/detect", (c) => detect.answer(c.req.raw, c.env.address));
  app.get("/api/rooms/:room/detections", (c) => {
    const roomId = c.req.param("room");
    return watchDetections(c.req.raw, { roomId, address: c.env.address, hub, gateway });
  });
}
