/**
 * Makes the browser's own connections; `null`: it has none, or a person or a script took them away, or put
 * something there that makes none. None is made to find out: it would cost, and ask for a network.
 */
export function connectionMaker():
  | ((configuration: RTCConfiguration) => RTCPeerConnection)
  | null {
  const { RTCPeerConnection: Connection } = globalThis as Partial<typeof globalThis>;
  if (typeof Connection?.prototype?.createOffer !== "function") return null;
  return (configuration) => new Connection(configuration);
}

/** Whether this browser decodes what cameras of the server send; also where it does not say. */
export function takesH264(): boolean {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.("video")?.codecs;
  return codecs?.some(({ mimeType }) => mimeType.toLowerCase() === "video/h264") ?? true;
}
