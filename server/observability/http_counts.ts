import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../base/security.ts";

/** First parts of paths that are ours, and what they are counted as. */
const ROUTES: Readonly<Record<string, string>> = {
  "": "viewer",
  "join": "join",
  "j": "code",
  "assets": "assets",
  "models": "models",
  "healthz": "health",
  "readyz": "health",
  "metrics": "metrics",
  "sign-in": "password",
  "sign-out": "password",
};

/** The same below `/api/`. */
const API_ROUTES: Readonly<Record<string, string>> = {
  "config": "config",
  "link": "link",
  "detect": "detect",
  "rooms": "rooms",
  "models": "model-admin",
};

/** Which kind of route a path is, from a closed list: nobody can fill memory with paths. */
export function routeOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  const [routes, part] = first === "api" ? [API_ROUTES, second] : [ROUTES, first];
  return Object.hasOwn(routes, part) ? routes[part]! : "other";
}

/** Answers by kind of route and status since the start. */
export class HttpCounts {
  readonly #counts = new Map<string, { route: string; status: string; count: number }>();

  /** Counts one answer. */
  answered(route: string, status: number): void {
    const key = `${route} ${status}`;
    const entry = this.#counts.get(key) ?? { route, status: String(status), count: 0 };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  /** The counts so far. */
  read(): readonly { readonly route: string; readonly status: string; readonly count: number }[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}

/** Counts every answer, those of the checks that come before the routes too. */
export function countAnswers(counts: HttpCounts): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    counts.answered(routeOf(c.req.path), c.res.status);
  };
}
