import { isIPv4, isIPv6 } from "node:net";
import { logName } from "./secrets.ts";

/** Fields that name this server, which is no secret; every other one may name a client. */
const OWN_HOST_FIELDS: ReadonlySet<string> = new Set(["host"]);

/**
 * A run of exactly as many characters as every id, token and ticket of ours has. Some long name of
 * a function may be taken for one: better that than a key in a log.
 */
const KEYS = /(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{22}(?![\w-])/g;

const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)/g;
const IPV6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\.\d{1,3}){0,3}(?![\w:])/gi;

/**
 * The last line of defence of a log: keys become the short name of `logName()`, and addresses are cut
 * to their network, with a short name to tell them apart while this process lives.
 */
export function hideSecrets(field: string, value: string): string {
  const withoutKeys = value.replaceAll(KEYS, (key) => `[${logName(key)}]`);
  if (OWN_HOST_FIELDS.has(field)) return withoutKeys;
  return withoutKeys
    .replaceAll(IPV4, (found) => isIPv4(found) ? hideAddress(found) : found)
    .replaceAll(IPV6, (found) => isIPv6(found) ? hideAddress(found) : found);
}

/** An IP address as logs show it. This computer's own loopback and "any" addresses are nobody's. */
export function hideAddress(address: string): string {
  if (/^(127\.|0\.0\.0\.0$|::1?$)/.test(address)) return address;
  const network = isIPv4(address) ? address.replace(/\d+$/, "x") : networkOf(address);
  return `${network}#${logName(address.toLowerCase()).slice(0, 4)}`;
}

/** The first two groups: what a provider is given, not what a household is. */
function networkOf(address: string): string {
  const [first = "0", second = "0"] = address.split(":");
  return `${first || "0"}:${second || "0"}:x`;
}
