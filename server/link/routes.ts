import type { Context, Hono } from "hono";
import { LINK_PATHS } from "@/protocol";
import { type AppEnv, checkOrigin } from "../base/security.ts";
import { LinkPosts } from "./link_posts.ts";
import { type LinkServer, upgradeLink } from "./link_socket.ts";
import type { Visitor } from "../base/visitor.ts";

/** The routes of the link. */
export function addLink(
  app: Hono<AppEnv>,
  { server, visitorOf }: {
    readonly server: LinkServer;
    readonly visitorOf: (c: Context<AppEnv>) => Visitor;
  },
): void {
  const posts = new LinkPosts(server);
  app.use(`${LINK_PATHS.socket}/*`, checkOrigin());
  app.get(LINK_PATHS.socket, (c) => upgradeLink(c.env.upgrade, server, visitorOf(c)));
  app.post(LINK_PATHS.stream, (c) => posts.stream(c.req.raw, visitorOf(c)));
  app.post(LINK_PATHS.send, (c) => posts.send(c.req.raw));
}
