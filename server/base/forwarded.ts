import { isIP } from "node:net";
import { type IpNetwork, isWithin, limitAddress } from "./ip_network.ts";

/** Request headers in which a service tells the address of who asked it. */
export type AddressHeader = "x-forwarded-for" | "cf-connecting-ip";

/** What a tunnel's service, or a trusted proxy, says of one request. */
export interface Forwarded {
  /**
   * Of who asked, as limits count it ({@linkcode limitAddress}). {@linkcode UNKNOWN_ADDRESS} where
   * the tunnel's service does not tell.
   */
  readonly address: string;
  /** Whether it came over HTTPS. */
  readonly isSecure: boolean;
}

/** Everyone whose address is not told: they share one place in every limit. */
export const UNKNOWN_ADDRESS = "tunnel";

/** Longest header that is read; what a client puts in front may be of any length. */
const MAX_TAIL_CHARS = 128;

/** The same for a chain of proxies of ours. */
const MAX_HOPS_CHARS = 1_024;

/** Any of them says that something stands between us and who asked. */
const PROXY_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "cf-connecting-ip",
  "via",
] as const;

/**
 * Reads what the service at the other end of the tunnel adds to a request: believed on the tunnel's own
 * listener only. Never throws.
 */
export function readForwarded(headers: Headers, addressHeader: AddressHeader): Forwarded {
  return {
    address: addressOf(headers.get(addressHeader) ?? ""),
    isSecure: isSecure(headers.get("x-forwarded-proto")),
  };
}

/**
 * Who asked, for a request that came over a connection from `peer`. Its headers are believed if that is
 * a proxy of ours; of `X-Forwarded-For` the last address that is none of them. Never throws.
 * @param isSecure Of the connection itself: what holds where the proxy does not say.
 */
export function forwardedBy(
  peer: string,
  { headers, isSecure: own }: { readonly headers: Headers; readonly isSecure: boolean },
  proxies: readonly IpNetwork[],
): Forwarded {
  if (!isWithin(peer, proxies)) return { address: limitAddress(peer), isSecure: own };
  const hops = (headers.get("x-forwarded-for") ?? "").slice(-MAX_HOPS_CHARS).split(",")
    .map((hop) => hop.trim());
  // What stands before a hop that is not ours was written by whoever asked.
  const asked = hops.findLast((hop) => !isWithin(hop, proxies)) ?? hops[0]!;
  const proto = headers.get("x-forwarded-proto");
  return {
    address: limitAddress(isIP(asked) === 0 ? peer : asked),
    isSecure: proto === null ? own : isSecure(proto),
  };
}

/** Whether a request says of itself that a proxy passed it on. Such claims only ever take trust away. */
export function isProxied(headers: Headers): boolean {
  return PROXY_HEADERS.some((name) => headers.has(name));
}

/** The last entry: it was written by the hop next to us, those before it by whoever asked. */
function addressOf(header: string): string {
  const last = header.slice(-MAX_TAIL_CHARS).split(",").at(-1)!.trim();
  return isIP(last) === 0 ? UNKNOWN_ADDRESS : limitAddress(last);
}

/** Only a plain "http" counts as insecure: the service's address is an HTTPS one. */
function isSecure(header: string | null): boolean {
  return header === null || header.trim().toLowerCase() !== "http";
}
