/**
 * Runs in a page before anything else: no path to a peer comes about, as its side may use relayed
 * candidates only, and there is no TURN server.
 */
export function hidePaths(): void {
  const Real = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: "relay" });
    }
  };
}
