import type { Hono } from "hono";
import type { ServerConfig } from "./config.ts";
import type { FlagName } from "./flags.ts";
import type { AppEnv } from "./security.ts";
import type { KeyPair } from "./tls/certificate.ts";

/** A port is in use; the message names it and the flag that changes it. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** The two servers of one app. */
export interface Listeners {
  readonly ports: { readonly http: number; readonly https: number };
  /** Stops accepting and resolves when all that is under way has finished. */
  shutdown(): Promise<void>;
}

/**
 * Listens on both ports, then has the app made for the ports that were found.
 * @throws {PortTakenError} If one of them is in use.
 * @throws {TypeError} If the certificate cannot be used.
 */
export function listen(
  config: Pick<ServerConfig, "host" | "httpPort" | "httpsPort">,
  { cert, key }: KeyPair,
  makeApp: (ports: Listeners["ports"]) => Hono<AppEnv>,
): Listeners {
  // A request is handled in a later turn of the event loop, when `app` below has long been made.
  const handler: Deno.ServeHandler<Deno.NetAddr> = (request, { remoteAddr }) =>
    app.fetch(request, { address: remoteAddr.hostname.replace(/^::ffff:/, "") });
  const options = { hostname: config.host, onListen: () => {} };
  const http = open(config.httpPort, "port", (port) => Deno.serve({ ...options, port }, handler));
  const https = open(
    config.httpsPort,
    "https-port",
    (port) => Deno.serve({ ...options, port, cert, key }, handler),
  );
  const ports = { http: http.addr.port, https: https.addr.port };
  const app = makeApp(ports);
  return {
    ports,
    shutdown: async () => void await Promise.all([http.shutdown(), https.shutdown()]),
  };
}

function open<T>(port: number, flag: FlagName, serve: (port: number) => T): T {
  try {
    return serve(port);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new PortTakenError(`Port ${port} is taken: choose another one with --${flag}`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new PortTakenError(`Port ${port} may not be used: choose another with --${flag}`);
    }
    throw error;
  }
}
