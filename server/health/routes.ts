import type { Context, Hono } from "hono";
import { type AppEnv, noStore } from "../base/security.ts";
import type { Visitor } from "../base/visitor.ts";
import { healthDocument, type HealthSources, publicHealth, readinessOf } from "./health.ts";

/** `GET /healthz` and `GET /readyz`; whoever may not see rooms is told no more than yes or no. */
export function addHealth(
  app: Hono<AppEnv>,
  sources: HealthSources,
  visitorOf: (c: Context<AppEnv>) => Visitor,
): void {
  const startMs = performance.now();
  const isStranger = (c: Context<AppEnv>) => c.env.tunnel !== undefined || !visitorOf(c).maySee;
  app.use("/healthz", noStore());
  app.use("/readyz", noStore());
  app.get(
    "/healthz",
    (c) =>
      c.json(isStranger(c) ? publicHealth(sources.instance) : healthDocument(sources, startMs)),
  );
  app.get("/readyz", async (c) => {
    const { ready, ...why } = await readinessOf(sources);
    return c.json(isStranger(c) ? { ready } : { ready, ...why }, ready ? 200 : 503);
  });
}
