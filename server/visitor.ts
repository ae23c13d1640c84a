import type { Context } from "hono";
import { isLoopback, type ServerAddresses } from "./addresses.ts";
import type { PasswordGate } from "./password/gate.ts";
import type { AppEnv } from "./security.ts";
import type { Visitor } from "./signaling/visitor.ts";
import { isProxied } from "./tunnel/forwarded.ts";

/** What visitors are told apart by. */
export interface VisitorDeps {
  readonly addresses: () => ServerAddresses;
  /** `null`: no password is asked. */
  readonly gate: PasswordGate | null;
}

/**
 * Tells who makes a request. What comes through the tunnel is remote, and so is what a proxy on this
 * computer says that it passed on; for both the connection itself comes from this computer.
 */
export function visitorOf(c: Context<AppEnv>, { addresses, gate }: VisitorDeps): Visitor {
  const { address, tunnel } = c.env;
  const { headers } = c.req.raw;
  const isLocal = tunnel === undefined && !isProxied(headers) &&
    isOwnAddress(address, addresses().hosts);
  return { address, isLocal, maySee: gate === null || isLocal || gate.isSignedIn(headers) };
}

function isOwnAddress(address: string, hosts: ReadonlySet<string>): boolean {
  return isLoopback(address) || hosts.has(address) || hosts.has(`[${address}]`);
}
