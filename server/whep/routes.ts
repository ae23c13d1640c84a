import type { Context, Hono } from "hono";
import { MAX_SDP_CHARS } from "@/protocol";
import { readBody } from "../base/body.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { refuser } from "../base/refuser.ts";
import type { AppEnv } from "../base/security.ts";
import type { Visitor } from "../base/visitor.ts";
import type { WhepEndpoints } from "./endpoints.ts";

/** Offers of one address: a page tries again, and does not hammer. */
const OFFER_RATE = { perSecond: 1, burst: 8 };

/** Every way in which there is no picture. */
const refuse = refuser({
  "broken": [400, "The offer did not come whole"],
  "not-allowed": [403, "Only who is at this computer, or gave the server's password, may watch it"],
  "unknown-camera": [404, "This server has no such endpoint"],
  "too-slow": [408, "The offer came too slowly"],
  "too-large": [413, "The offer is larger than it may be"],
  "not-sdp": [415, "The body must be application/sdp"],
  "too-fast": [429, "Too many offers at once"],
  "unreachable": [502, "The endpoint does not answer"],
  "endpoint-refused": [502, "The endpoint refuses to show its video"],
  "bad-answer": [502, "The endpoint answers with something else than a video"],
});

/** What the routes stand on. */
export interface WhepRouteDeps {
  readonly endpoints: WhepEndpoints;
  readonly visitorOf: (c: Context<AppEnv>) => Visitor;
}

/** `POST /api/cameras/:camera/whep` asks for a video, `DELETE …/whep/:session` lets it go. */
export function addWhep(app: Hono<AppEnv>, { endpoints, visitorOf }: WhepRouteDeps): void {
  if (endpoints.isEmpty) return;
  const addresses = new KeyedLimiter(OFFER_RATE);
  app.use("/api/cameras/*", async (c, next) => {
    // They show the operator's home, as other cameras of the server do.
    return visitorOf(c).isTrusted ? await next() : refuse("not-allowed");
  });
  app.post("/api/cameras/:camera/whep", async (c) => {
    const waitMs = addresses.take(c.env.address, performance.now());
    if (waitMs > 0) return refuse("too-fast", waitMs);
    const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/sdp") return refuse("not-sdp");
    const body = await readBody(c.req.raw, MAX_SDP_CHARS);
    if (typeof body === "string") return refuse(body === "no-room" ? "too-fast" : body);
    const { camera } = c.req.param();
    const opened = await endpoints.offer(camera, new TextDecoder().decode(body));
    if (typeof opened === "string") return refuse(opened);
    return c.body(opened.answer, 201, {
      "Content-Type": "application/sdp",
      "Cache-Control": "no-store",
      Location: `/api/cameras/${camera}/whep/${opened.session}`,
    });
  });
  app.delete("/api/cameras/:camera/whep/:session", async (c) => {
    const { camera, session } = c.req.param();
    await endpoints.close(camera, session);
    return c.body(null, 204);
  });
}
