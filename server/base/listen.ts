import type { Hono } from "hono";
import { MAX_SIGNAL_BYTES, RECORD_HEADER_BYTES } from "@/protocol";
import type { ServerConfig } from "./config.ts";
import type { FlagName } from "./flags.ts";
import type { AppEnv, Connection } from "./security.ts";
import { type AddressHeader, forwardedBy, readForwarded } from "./forwarded.ts";
import { type CutCounts, noCuts } from "./http/conn_stream.ts";
import { HttpListener, type HttpListenerOptions } from "./http/http_listener.ts";
import { isLoopback } from "./http/loopback.ts";
import { type PlaceLimits, Places } from "./http/places.ts";
import { type IpNetwork, isWithin, limitAddress } from "./ip_network.ts";

/** A port or address cannot be listened on; the message names it and the flag that changes it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Connections of one address, of whatever kind. */
export const MAX_CONNECTIONS_PER_ADDRESS = 128;

/** Connections of all. */
export const MAX_CONNECTIONS = 1024;

/** Of these, kept for this very computer. */
export const LOCAL_CONNECTIONS = 16;

/** Open files that the process needs for itself: models that are read, log, ports, the inference process. */
const OWN_FILES = 64;

/** A connection may have a file open beside itself, which it is answered with. */
const FILES_PER_CONNECTION = 2;

/** Bytes of messages and bodies that have not come whole, of all; past what is free of each. */
export const MAX_HALF_READ_BYTES = 64 * 1024 * 1024;

/** The same of one address. */
export const MAX_ADDRESS_HALF_READ_BYTES = 16 * 1024 * 1024;

/** Of these of all, kept for this very computer. */
export const LOCAL_HALF_READ_BYTES = 16 * 1024 * 1024;

/**
 * Of each message or body, not counted: whoever else is half read, what a control link says comes through.
 * A connection has one at a time, and those are bounded.
 */
export const FREE_HALF_READ_BYTES = RECORD_HEADER_BYTES + MAX_SIGNAL_BYTES;

/** See these four. */
export const HALF_READ_BYTES: PlaceLimits = {
  total: MAX_HALF_READ_BYTES,
  perAddress: MAX_ADDRESS_HALF_READ_BYTES,
  localOnly: LOCAL_HALF_READ_BYTES,
  freeOfEach: FREE_HALF_READ_BYTES,
};

/** Who holds the places of all that comes through the tunnel: they are not this computer's. */
const TUNNEL = "tunnel";

/** How many connections there may be, so that no file is ever wanting. */
export function connectionLimits(
  { openFiles, limits: { maxSocketsPerAddress } }: Pick<ServerConfig, "openFiles" | "limits">,
): PlaceLimits {
  const possible = Math.floor((openFiles - OWN_FILES) / FILES_PER_CONNECTION);
  const total = Math.max(8, Math.min(MAX_CONNECTIONS, possible));
  const localOnly = Math.min(LOCAL_CONNECTIONS, Math.floor(total / 4));
  // As many links as it may have need as many for pages. One alone never takes more than half.
  const wanted = Math.max(MAX_CONNECTIONS_PER_ADDRESS, maxSocketsPerAddress * 2);
  const perAddress = Math.min(wanted, Math.floor(total / 2));
  return { total, localOnly, perAddress };
}

/** The servers of one app. */
export interface Listeners {
  readonly ports: {
    readonly http: number;
    readonly https: number;
    /** Of 127.0.0.1, for a tunnel's program and nobody else; `null`: there is no tunnel. */
    readonly tunnel: number | null;
  };
  /** Ports that take no connection now, by name. */
  deaf(): string[];
  /** Connections, and bytes that are half read. */
  readonly connections: Places;
  readonly halfRead: Places;
  /** Connections that were ended by us, by cause. */
  readonly cuts: CutCounts;
  /** Serves HTTPS with another certificate from the next connection on. @throws {ListenError} If it cannot. */
  replaceCertificate(pair: KeyPair): void;
  /** Stops accepting and resolves when all that is under way has finished. */
  shutdown(): Promise<void>;
}

/** A certificate and its private key, both PEM. The key is secret. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What the app is told of its ports. */
export type OpenListeners = Omit<Listeners, "shutdown" | "replaceCertificate">;

/** What listening needs besides the configuration. */
export interface ListenOptions {
  readonly tls: KeyPair;
  /** In which a tunnel's service names who asked; `null`: there is no tunnel. */
  readonly tunnelHeader: AddressHeader | null;
  /** Makes the app for the ports that were found. */
  makeApp(listeners: OpenListeners): Hono<AppEnv>;
  /** A port is closed for good, though nobody asked for it. */
  onLost(port: string, error: unknown): void;
}

/**
 * Listens on both ports, and where there is a tunnel on one more for it, then has the app made for
 * the ports that were found. What comes in at the tunnel's port is marked so.
 * @throws {ListenError} If one of them is in use, the address is not one of this computer, or the
 * certificate cannot be used.
 */
export function listen(
  config: Pick<
    ServerConfig,
    "host" | "httpPort" | "httpsPort" | "trustedProxies" | "openFiles" | "limits"
  >,
  { tls, tunnelHeader, makeApp, onLost }: ListenOptions,
): Listeners {
  const isProxy = (holder: string) => holder === TUNNEL || isWithin(holder, config.trustedProxies);
  const connections = new Places(connectionLimits(config), isProxy);
  const halfRead = new Places(HALF_READ_BYTES, isProxy);
  const cuts = noCuts();
  const holderOf = (address: string) =>
    isLoopback(address) || isProxy(address) ? address : limitAddress(address);
  // A request is handled in a later turn of the event loop, when `app` below has long been made.
  const handle = (request: Request, connection: Connection) => app.fetch(request, connection);
  const direct: HttpListenerOptions["handle"] = (request, { address, upgrade }) =>
    handle(request, { ...connectionOf(request, address, config.trustedProxies), upgrade });
  const port = (name: string, options: Pick<HttpListenerOptions, "hostname" | "port" | "tls">) =>
    new HttpListener({
      ...options,
      connections,
      halfRead,
      cuts,
      holderOf: name === "tunnel" ? () => TUNNEL : holderOf,
      handle: name !== "tunnel" ? direct : throughTunnel(tunnelHeader!, handle),
      onLost: (error) => onLost(name, error),
    });
  const { host: hostname, httpPort, httpsPort } = config;
  const http = open(httpPort, "port", (at) => port("HTTP", { hostname, port: at, tls: null }));
  const https = open(
    httpsPort,
    "https-port",
    (at) => withCertificate(() => port("HTTPS", { hostname, port: at, tls })),
  );
  const all = new Map([["HTTP", http], ["HTTPS", https]]);
  if (tunnelHeader !== null) {
    all.set("tunnel", port("tunnel", { hostname: "127.0.0.1", port: 0, tls: null }));
  }
  const listeners = {
    ports: { http: http.port, https: https.port, tunnel: all.get("tunnel")?.port ?? null },
    deaf: () => [...all].flatMap(([name, { isAccepting }]) => isAccepting ? [] : [name]),
    connections,
    halfRead,
    cuts,
  };
  const app = makeApp(listeners);
  return {
    ...listeners,
    replaceCertificate: (pair) => withCertificate(() => https.setTls(pair)),
    shutdown: async () => void await Promise.all([...all.values()].map((each) => each.shutdown())),
  };
}

/** What is known of who made a request, on a listener that anybody may reach. */
export function connectionOf(
  { headers, url }: Pick<Request, "headers" | "url">,
  peer: string,
  proxies: readonly IpNetwork[],
): Connection {
  const isSecure = url.startsWith("https:");
  const forwarded = forwardedBy(peer, { headers, isSecure }, proxies);
  const { address } = forwarded;
  if (!isWithin(peer, proxies)) return { address, peer };
  return { address, peer, proxy: { isSecure: forwarded.isSecure } };
}

/** What a tunnel's service says of who asked is believed here, and nowhere else. */
function throughTunnel(
  addressHeader: AddressHeader,
  handle: (request: Request, connection: Connection) => Response | Promise<Response>,
): HttpListenerOptions["handle"] {
  return (request, { upgrade }) => {
    const { address, isSecure } = readForwarded(request.headers, addressHeader);
    return handle(request, { address, upgrade, tunnel: { isSecure } });
  };
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
    throw error;
  }
}

function withCertificate<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    // What the system says of a port is told by `open`.
    if (error instanceof Error && !(error.constructor.name in Deno.errors)) {
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
