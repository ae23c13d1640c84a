import type { Context } from "hono";
import type { ServerAddresses } from "./addresses.ts";
import { isLoopback } from "./http/loopback.ts";
import { type AppEnv, hostOf } from "./security.ts";
import { isProxied } from "./forwarded.ts";

/** Who opened a connection, as far as the server can tell before a word is said. */
export interface Visitor {
  /** For limits; see `Connection.address`. */
  readonly address: string;
  /** At this very computer. Decided by the way it came, never by what it says of itself. */
  readonly isLocal: boolean;
  /** May see rooms, and own them: gave the password, or need not. */
  readonly maySee: boolean;
  /** Local, or gave the password: may spend what is this computer's owner's, and has places kept from others. */
  readonly isTrusted: boolean;
}

/** What visitors are told apart by. */
export interface VisitorDeps {
  readonly addresses: () => ServerAddresses;
  /** `null`: no password is asked. */
  readonly gate: { isSignedIn(headers: Headers): boolean } | null;
}

/**
 * Tells who makes a request. What comes through the tunnel is remote, and so is what a proxy on this
 * computer says that it passed on; for both the connection itself comes from this computer. A
 * forwarder may say nothing (`ssh -R`, a router that writes its own address as the source), but
 * leads to the public host, so whoever asks for that one is remote too.
 */
export function visitorOf(c: Context<AppEnv>, { addresses, gate }: VisitorDeps): Visitor {
  const { address, peer = address, tunnel, proxy } = c.env;
  const request = c.req.raw;
  const { ownHosts } = addresses();
  const isPassedOn = tunnel !== undefined || proxy !== undefined || isProxied(request.headers);
  const isLocal = !isPassedOn && isOwn(hostOf(request), ownHosts) && isOwn(peer, ownHosts);
  const isTrusted = isLocal || (gate?.isSignedIn(request.headers) ?? false);
  return { address, isLocal, maySee: gate === null || isTrusted, isTrusted };
}

/** @param host As a URL writes it, or an address. */
function isOwn(host: string | null, ownHosts: ReadonlySet<string>): boolean {
  return host !== null && (isLoopback(host) || ownHosts.has(host) || ownHosts.has(`[${host}]`));
}
