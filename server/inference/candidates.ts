import { isIP } from "node:net";

// Candidate lines as RFC 8839 section 5.1 has them:
// candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE …

const ADDRESS_AT = 4;
const TYPE_AT = 7;

/**
 * The same candidate at the address under which this computer is known outside, for port forwardings
 * that keep the port (containers, 1:1 NAT). `null` where there is none: not a UDP host candidate, or
 * of the other address family.
 *
 * @param candidate With or without `a=`.
 * @param address An IP address.
 */
export function advertised(candidate: string, address: string): string | null {
  const fields = candidate.split(" ");
  const own = fields[ADDRESS_AT];
  if (fields[2]?.toUpperCase() !== "UDP" || fields[TYPE_AT] !== "host" || own === undefined) {
    return null;
  }
  if (own === address || isIP(own) !== isIP(address)) return null;
  // Another foundation, as the base differs; a little less priority, as the direct way is better.
  fields[0] = `${fields[0]}9`;
  fields[3] = String(Math.max(1, Number(fields[3]) - 1));
  fields[ADDRESS_AT] = address;
  return fields.join(" ");
}

/**
 * Whether a viewer's candidate may be used: an IP address, or the `.local` name that browsers put in
 * its place. Any other name would be looked up in the DNS at a stranger's wish.
 */
export function isUsable(candidate: string): boolean {
  const address = candidate.split(" ")[ADDRESS_AT] ?? "";
  return isIP(address) !== 0 || /^[0-9a-f-]{1,64}\.local$/i.test(address);
}

/** An offer without the candidates that are not usable. */
export function withUsableCandidates(sdp: string): string {
  return sdp.split(/\r?\n/)
    .filter((line) => !line.startsWith("a=candidate:") || isUsable(line))
    .join("\r\n");
}
