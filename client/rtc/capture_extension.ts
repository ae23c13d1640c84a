/**
 * The RTP header extension with which a sender says when it captured a frame.
 * Source: http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
 */
export const CAPTURE_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

/** https://w3c.github.io/webrtc-extensions/#rtcrtptransceiver-interface */
interface HeaderExtension {
  readonly uri: string;
  direction: RTCRtpTransceiverDirection;
}

/** What browsers have of it; TypeScript's DOM library does not know it. */
export interface ExtensionNegotiator {
  getHeaderExtensionsToNegotiate?(): HeaderExtension[];
  setHeaderExtensionsToNegotiate?(extensions: HeaderExtension[]): void;
}

/** Whether this browser lets pages choose header extensions; else the description has to be edited. */
export function canChooseExtensions(): boolean {
  return "setHeaderExtensionsToNegotiate" in (globalThis.RTCRtpTransceiver?.prototype ?? {});
}

/** Asks for the extension in the next description. Says whether the browser has it on offer. */
export function askForCaptureTime(transceiver: ExtensionNegotiator): boolean {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  const wanted = extensions.find(({ uri }) => uri === CAPTURE_TIME_URI);
  if (wanted === undefined) return false;
  wanted.direction = "sendrecv";
  transceiver.setHeaderExtensionsToNegotiate?.(extensions);
  return true;
}

/** Ids that fit into the one-byte form; 15 is reserved (RFC 8285, section 4.2). */
const MAX_ID = 14;

const EXTMAP = /^a=extmap:(\d+)(?:\/\S+)? (\S+)/;

/**
 * The description with the extension in every video section that lacks it, for browsers that take it
 * from there only. An answer names what the offer does and no more.
 *
 * @param offer The other side's, where `sdp` is the answer to it.
 */
export function withCaptureTime(sdp: string, offer: string | null = null): string {
  const sections = sectionsOf(sdp);
  const offered = offer === null ? null : sectionsOf(offer);
  // Bundled sections share their ids: one for each extension (RFC 8285, section 5).
  const ids = new Map(
    [...sections, ...(offered ?? [])].flat().flatMap((line): [number, string][] => {
      const match = EXTMAP.exec(line);
      return match === null ? [] : [[Number(match[1]), match[2]!]];
    }),
  );
  const id = [...ids].find(([, uri]) => uri === CAPTURE_TIME_URI)?.[0] ??
    Array.from({ length: MAX_ID }, (_, index) => index + 1).find((free) => !ids.has(free));
  if (id === undefined) return sdp;
  return sections.map((lines, index) => {
    const isWanted = /^m=video (?!0 )/.test(lines[0]!) && !hasExtension(lines) &&
      (offered === null || hasExtension(offered[index] ?? []));
    if (!isWanted) return lines;
    const end = lines[0]!.endsWith("\r\n") ? "\r\n" : "\n";
    const at = lines.findLastIndex((line) => EXTMAP.test(line)) + 1 || lines.length;
    return lines.toSpliced(at, 0, `a=extmap:${id} ${CAPTURE_TIME_URI}${end}`);
  }).flat().join("");
}

/** The lines, with their ends, of what is before the first `m=` and of each section. */
function sectionsOf(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of sdp.split(/(?<=\n)/)) {
    if (line.startsWith("m=")) sections.push([]);
    sections.at(-1)!.push(line);
  }
  return sections;
}

function hasExtension(lines: readonly string[]): boolean {
  return lines.some((line) => EXTMAP.exec(line)?.[2] === CAPTURE_TIME_URI);
}
