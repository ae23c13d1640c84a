import type { Log } from "../base/log.ts";
import type { WorkerHost } from "./worker_host.ts";

/** What a worker's health is told from. */
export interface WorkerHealthSources {
  /** All addresses, unless it is given. */
  readonly hostname: string;
  readonly port: number;
  readonly host: Pick<WorkerHost, "isOpen" | "counts">;
  /** It has its connection to NATS. */
  readonly isOnBus: () => boolean;
  readonly log: Log;
}

/**
 * Says over plain HTTP how a worker is, to whoever looks after it: `/healthz` is answered while it lives,
 * `/readyz` with 503 while it would take no stream. No room, person or address is told.
 */
export function serveWorkerHealth(
  { hostname, port, host, isOnBus, log }: WorkerHealthSources,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname,
    port,
    onListen: ({ port }) => log.info("health is told", { port }),
  }, ({ method, url }) => {
    const { pathname } = new URL(url);
    if (method !== "GET" || (pathname !== "/healthz" && pathname !== "/readyz")) {
      return new Response("Not found\n", { status: 404 });
    }
    const isReady = host.isOpen && isOnBus();
    // As a server's begins: one check of the image is for both.
    const told = { app: "peerlens", status: "ok", ready: isReady, nats: isOnBus() };
    return Response.json({ ...told, ...host.counts() }, {
      status: pathname === "/readyz" && !isReady ? 503 : 200,
      headers: { "Cache-Control": "no-store" },
    });
  });
}
