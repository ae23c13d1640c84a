import type { Page } from "playwright-core";

/** What {@linkcode blockUdpToServer} puts into the viewer's page. */
export interface UdpSwitch {
  readonly udp: { isBlocked: boolean; last: RTCPeerConnection | null };
}

/**
 * Only to the server: with Chromium's own switch the phone's video would not come either. A connection
 * that may use relays only, and has none, finds no way over UDP or any other.
 */
export function blockUdpToServer(): void {
  const state: { isBlocked: boolean; last: RTCPeerConnection | null } = {
    isBlocked: true,
    last: null,
  };
  Object.assign(globalThis, { udp: state });
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (label, options) {
    if (label === "frames") state.last = this;
    if (label === "frames" && state.isBlocked) {
      this.setConfiguration({ ...this.getConfiguration(), iceTransportPolicy: "relay" });
    }
    return create.call(this, label, options);
  };
}

/** From now on the page's UDP reaches the server; see {@linkcode blockUdpToServer}. */
export const letUdpThrough = (page: Page): Promise<void> =>
  page.evaluate(() => void ((globalThis as unknown as UdpSwitch).udp.isBlocked = false));
