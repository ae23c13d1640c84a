import { isIP, isIPv4 } from "node:net";

/** Request headers in which a service tells the address of who asked it. */
export type AddressHeader = "x-forwarded-for" | "cf-connecting-ip";

/** What a tunnel's service says of one request. Believed on the tunnel's own listener only. */
export interface Forwarded {
  /**
   * IPv4 address of who asked, or the /64 network of an IPv6 one, which a single person has.
   * {@linkcode UNKNOWN_ADDRESS} where the service does not tell.
   */
  readonly address: string;
  /** Whether it came over HTTPS. */
  readonly isSecure: boolean;
}

/** Everyone whose address is not told: they share one place in every limit. */
export const UNKNOWN_ADDRESS = "tunnel";

/** Longest header that is read; what a client puts in front may be of any length. */
const MAX_TAIL_CHARS = 128;

/** Any of them says that something stands between us and who asked. */
const PROXY_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "cf-connecting-ip",
  "via",
] as const;

/** Reads what the service at the other end of the tunnel adds to a request. Never throws. */
export function readForwarded(headers: Headers, addressHeader: AddressHeader): Forwarded {
  return {
    address: addressOf(headers.get(addressHeader) ?? ""),
    isSecure: isSecure(headers.get("x-forwarded-proto")),
  };
}

/** Whether a request says of itself that a proxy passed it on. Such claims only ever take trust away. */
export function isProxied(headers: Headers): boolean {
  return PROXY_HEADERS.some((name) => headers.has(name));
}

/** The last entry: it was written by the hop next to us, those before it by whoever asked. */
function addressOf(header: string): string {
  const last = header.slice(-MAX_TAIL_CHARS).split(",").at(-1)!.trim();
  if (isIP(last) === 0) return UNKNOWN_ADDRESS;
  return isIPv4(last) ? last : networkOf(last);
}

/** Only a plain "http" counts as insecure: the service's address is an HTTPS one. */
function isSecure(header: string | null): boolean {
  return header === null || header.trim().toLowerCase() !== "http";
}

/** The first four groups of an IPv6 address, or the IPv4 address that is mapped into one. */
function networkOf(address: string): string {
  // A URL writes every form of an address in one way; zones have no place in it.
  const url = `http://[${address.split("%")[0]}]`;
  const plain = new URL(url).hostname.slice(1, -1);
  const [head = "", tail = ""] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const middle = plain.includes("::") ? 8 - left.length - right.length : 0;
  const groups = [...left, ...Array<string>(middle).fill("0"), ...right]
    .map((group) => parseInt(group, 16));
  const [a, b, c, d, e, f, g = 0, h = 0] = groups;
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff) {
    return [g >> 8, g & 255, h >> 8, h & 255].join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}
