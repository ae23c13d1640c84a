import { isIP, isIPv4 } from "node:net";

/** Bits of an address that one household has to itself, of 128; IPv4 ones stand behind ::ffff. */
const HOUSEHOLD_BITS = 64;

/** What a provider gives one customer at most, in the same way. */
const CUSTOMER_BITS = 48;

/** A range of addresses, of one IP version. */
export interface IpNetwork {
  readonly bits: bigint;
  /** Of 128. */
  readonly prefix: number;
}

/**
 * The name under which every limit counts an address: an IPv4 address as it is, of IPv6 the /64 network,
 * which a single person has to draw addresses from. What is no address is its own name.
 */
export function limitAddress(address: string): string {
  return networkName(address, HOUSEHOLD_BITS);
}

/** The same, a step wider: somebody with many IPv6 networks mostly has them out of one /48. */
export function customerOf(address: string): string {
  return networkName(address.replace(/\/64$/, ""), CUSTOMER_BITS);
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; `null`: it is none. */
export function parseNetwork(text: string): IpNetwork | null {
  const [, address = "", length] = text.match(/^([^/%]+)(?:\/(\d{1,3}))?$/) ?? [];
  const bits = bitsOf(address);
  if (bits === null) return null;
  const [start, max] = isIPv4(address) ? [96, 32] : [0, 128];
  const own = length === undefined ? max : Number(length);
  return own > max ? null : { bits, prefix: start + own };
}

/** Whether an address lies in one of the networks. */
export function isWithin(address: string, networks: readonly IpNetwork[]): boolean {
  const bits = bitsOf(address);
  return bits !== null &&
    networks.some((network) => cut(bits, network.prefix) === cut(network.bits, network.prefix));
}

function networkName(address: string, prefix: number): string {
  const bits = bitsOf(address);
  if (bits === null) return address;
  if (bits >> 32n === 0xffffn) {
    return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".");
  }
  const groups = [112n, 96n, 80n, 64n].slice(0, prefix / 16)
    .map((shift) => ((bits >> shift) & 0xffffn).toString(16));
  return `${groups.join(":")}::/${prefix}`;
}

function cut(bits: bigint, prefix: number): bigint {
  return bits >> BigInt(128 - prefix);
}

/** 128 bits; IPv4 as it is mapped into IPv6. A zone is left out. */
function bitsOf(address: string): bigint | null {
  const [plain = ""] = address.split("%");
  if (isIP(plain) === 0) return null;
  // A URL writes every form of an address in one way.
  const url = new URL(`http://[${isIPv4(plain) ? `::ffff:${plain}` : plain}]`);
  const [head = "", tail] = url.hostname.slice(1, -1).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill("0");
  return [...left, ...middle, ...right]
    .reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
