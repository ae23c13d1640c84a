import type { Hono } from "hono";
import type { ServerConfig } from "./config.ts";
import type { FlagName } from "./flags.ts";
import type { AppEnv, Connection } from "./security.ts";
import { type AddressHeader, forwardedBy, readForwarded } from "./forwarded.ts";
import { type IpNetwork, isWithin } from "./ip_network.ts";

/** A port or address cannot be listened on; the message names it and the flag that changes it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** The servers of one app. */
export interface Listeners {
  readonly ports: {
    readonly http: number;
    readonly https: number;
    /** Of 127.0.0.1, for a tunnel's program and nobody else; `null`: there is no tunnel. */
    readonly tunnel: number | null;
  };
  /**
   * Serves HTTPS with another certificate, at the same port. What is under way ends well, but links over
   * HTTPS are closed: Deno (2.9) has no other way.
   * @throws {ListenError} If it cannot, and then nobody listens there any more.
   */
  replaceCertificate(pair: Pair): Promise<void>;
  /** Stops accepting and resolves when all that is under way has finished. */
  shutdown(): Promise<void>;
}

/** A certificate and its key, in PEM. */
interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A port is free again in some ms. */
const REOPEN_MS = 5_000;
const REOPEN_TRY_MS = 5;

/**
 * Listens on both ports, and where there is a tunnel on one more for it, then has the app made for
 * the ports that were found. What comes in at the tunnel's port is marked so.
 * @throws {ListenError} If one of them is in use, the address is not one of this computer, or the
 * certificate cannot be used.
 * @param tunnelHeader In which a tunnel's service names who asked; `null`: there is no tunnel.
 */
export function listen(
  config: Pick<ServerConfig, "host" | "httpPort" | "httpsPort" | "trustedProxies">,
  pair: Pair,
  tunnelHeader: AddressHeader | null,
  makeApp: (ports: Listeners["ports"]) => Hono<AppEnv>,
): Listeners {
  // A request is handled in a later turn of the event loop, when `app` below has long been made.
  const handler: Deno.ServeHandler<Deno.NetAddr> = (request, { remoteAddr }) =>
    app.fetch(request, connectionOf(request, remoteAddr, config.trustedProxies));
  const options = { hostname: config.host, onListen: () => {} };
  const http = open(config.httpPort, "port", (port) => Deno.serve({ ...options, port }, handler));
  const openHttps = (wanted: number, { cert, key }: Pair) =>
    open(wanted, "https-port", (port) => Deno.serve({ ...options, port, cert, key }, handler));
  let https = openHttps(config.httpsPort, pair);
  const tunnel = tunnelHeader === null
    ? null
    : listenForTunnel(tunnelHeader, (request, env) => app.fetch(request, env));
  const ports = { http: http.addr.port, https: https.addr.port, tunnel: tunnel?.addr.port ?? null };
  const app = makeApp(ports);
  return {
    ports,
    async replaceCertificate(next) {
      // Not waited for: an answer may go on for long.
      void https.shutdown();
      https = await reopened(() => openHttps(ports.https, next));
    },
    shutdown: async () =>
      void await Promise.all([http, https, tunnel].map((server) => server?.shutdown())),
  };
}

/** What is known of who made a request, on a listener that anybody may reach. */
export function connectionOf(
  { headers, url }: Pick<Request, "headers" | "url">,
  { hostname }: Pick<Deno.NetAddr, "hostname">,
  proxies: readonly IpNetwork[],
): Connection {
  const peer = hostname.replace(/^::ffff:/, "");
  const isSecure = url.startsWith("https:");
  const forwarded = forwardedBy(peer, { headers, isSecure }, proxies);
  const { address } = forwarded;
  if (!isWithin(peer, proxies)) return { address, peer };
  return { address, peer, proxy: { isSecure: forwarded.isSecure } };
}

async function reopened<T>(openAgain: () => T): Promise<T> {
  const endMs = performance.now() + REOPEN_MS;
  for (;;) {
    try {
      return openAgain();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, REOPEN_TRY_MS));
    }
  }
}

/** What a tunnel's service says of who asked is believed here, and nowhere else. */
function listenForTunnel(
  addressHeader: AddressHeader,
  answer: (request: Request, env: Connection) => Response | Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, (request) => {
    const { address, isSecure } = readForwarded(request.headers, addressHeader);
    return answer(request, { address, tunnel: { isSecure } });
  });
}

function open<T>(port: number, flag: FlagName, serve: (port: number) => T): T {
  try {
    return serve(port);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new ListenError(`Port ${port} is taken: choose another one with --${flag}`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new ListenError(`No permission to use port ${port}: choose another one with --${flag}`);
    }
    if (error instanceof Deno.errors.AddrNotAvailable) {
      throw new ListenError(
        "The address of --host does not belong to this computer: choose another one",
      );
    }
    if (flag === "https-port" && error instanceof Error) {
      throw new ListenError(`HTTPS cannot use this certificate and key: ${error.message}`);
    }
    throw error;
  }
}

/**
 * Where the person at this computer opens the viewer: over plain HTTP on localhost, which browsers
 * trust; where only a network address is listened on, over HTTPS on that.
 */
export function laptopUrl(host: string, ports: Pick<Listeners["ports"], "http" | "https">): string {
  const isLocal = ["0.0.0.0", "::", "::1", "localhost"].includes(host) || host.startsWith("127.");
  if (isLocal) return `http://localhost:${ports.http}/`;
  return `https://${inUrl(host)}:${ports.https}/`;
}

/** A host as URLs and permissions write it: IPv6 in brackets. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
