const VIDEO_ORIENTATION = "urn:3gpp:video-orientation";

/**
 * The description without the video-orientation header extension (3GPP TS 26.114).
 *
 * With it, a phone sends the sensor's picture as it lies and a note of how to turn it; the viewer's
 * `VideoFrame`s then hold lying pixels, which the detector would see too. When the other side does
 * not offer the extension, libwebrtc (Chromium, Safari) turns the pixels before encoding, so every
 * frame arrives upright. Removing it from what is sent is enough: an extension is used only where
 * offer and answer both name it.
 */
export function withoutVideoOrientation(sdp: string): string {
  return sdp.split(/(?<=\n)/)
    .filter((line) => !(line.startsWith("a=extmap:") && line.includes(VIDEO_ORIENTATION)))
    .join("");
}

/**
 * The session id of the `o=` line (RFC 8866 section 5.2): stays the same for the life of one
 * RTCPeerConnection and differs between two, so it tells whether a description comes from a
 * connection that was made anew. `null` where there is none.
 */
export function sessionIdOf(sdp: string): string | null {
  return /^o=\S+ (\S+) /m.exec(sdp)?.[1] ?? null;
}
