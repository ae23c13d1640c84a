import { BlockList, isIP } from "node:net";

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
 * What a viewer is told of one of our candidates: its line, and the same at the address outside, if there
 * is one. @param publicHost An IP address, or `null`.
 */
export function announced(candidate: string, publicHost: string | null): string[] {
  const line = candidate.replace(/^a=/, "");
  const other = publicHost === null ? null : advertised(line, publicHost);
  return other === null ? [line] : [line, other];
}

/** Addresses that a TURN server relays for a viewer; a browser has one per server and family. */
export const MAX_RELAY_CANDIDATES = 4;

/** Where no TURN server relays for a viewer. Two lists: in one, an IPv4 address is also a mapped IPv6 one. */
const NO_RELAYS = {
  ipv4: blockList("ipv4", ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"]),
  ipv6: blockList("ipv6", ["::/127", "::ffff:0:0/96", "fe80::/10", "ff00::/8"]),
};

/**
 * Whether a viewer's candidate is the address that a TURN server relays for it. It is the only kind
 * that is ever used: who has none speaks to this computer first, and is answered where it speaks from.
 */
export function isRelay(candidate: string): boolean {
  const fields = candidate.split(" ");
  const address = fields[ADDRESS_AT] ?? "";
  const family = isIP(address);
  if (family === 0 || fields[6] !== "typ" || fields[TYPE_AT] !== "relay") return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  return !NO_RELAYS[kind].check(address, kind);
}

function blockList(kind: "ipv4" | "ipv6", subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net, bits] = subnet.split("/") as [string, string];
    list.addSubnet(net, Number(bits), kind);
  }
  return list;
}

/** Attributes of a description that a connection for DataChannels is made from. */
const DATA_ATTRIBUTES = [
  "group",
  "mid",
  "setup",
  "fingerprint",
  "ice-ufrag",
  "ice-pwd",
  "ice-options",
  "sctp-port",
  "sctpmap",
  "max-message-size",
];

/** What video needs besides. */
const VIDEO_ATTRIBUTES = [
  "rtpmap",
  "fmtp",
  "rtcp-fb",
  "rtcp-mux",
  "rtcp-rsize",
  "extmap",
  "recvonly",
  "inactive",
];

/**
 * An offer of DataChannels and nothing else, candidates least of all.
 * @throws {TypeError} If it offers something else.
 */
export function plainOffer(sdp: string): string {
  const { text, media } = picked(sdp, DATA_ATTRIBUTES);
  if (media === "application") return text;
  throw new TypeError("Cannot answer offer: it is not for DataChannels alone");
}

/**
 * An answer of one who watches a video of ours over DataChannels and a track, without candidates.
 * @throws {TypeError} If it answers something else.
 */
export function plainAnswer(sdp: string): string {
  const { text, media } = picked(sdp, [...DATA_ATTRIBUTES, ...VIDEO_ATTRIBUTES]);
  if (media === "video application" || media === "application video") return text;
  throw new TypeError("Cannot take answer: it is not for one video and DataChannels");
}

/**
 * Lines are picked, not struck out: the two native parsers that read them have their own ideas of where
 * a line ends.
 */
function picked(sdp: string, attributes: readonly string[]): { text: string; media: string } {
  const lines = sdp.split(/\r?\n/).filter((line) =>
    /^[a-z]=[\x20-\x7e]*$/.test(line) &&
    (!line.startsWith("a=") || attributes.includes(line.slice(2).split(":")[0]!))
  );
  const media = lines.filter((line) => line.startsWith("m="));
  return {
    text: [...lines, ""].join("\r\n"),
    media: media.map((line) => line.slice(2).split(" ")[0]).join(" "),
  };
}
