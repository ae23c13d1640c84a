// What a page's connections say by themselves: kept where a test or bench finds them.

declare global {
  var peerlensConnections: RTCPeerConnection[] | undefined;
}

/** Runs in a page before anything else: keeps the connections that it makes. */
export function keepConnections(): void {
  const kept: RTCPeerConnection[] = [];
  globalThis.peerlensConnections = kept;
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      kept.push(this);
    }
  };
}
