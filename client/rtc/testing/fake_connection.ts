import type { NegotiationMessage } from "../negotiation.ts";

let sessions = 0;

/**
 * An RTCPeerConnection reduced to its signalling state machine, with rollback and the operations
 * chain (WebRTC 1.0, sections 4.4.1 and 4.3.1), so that negotiation can be tested without a browser.
 */
export class FakeConnection extends EventTarget {
  signalingState: RTCSignalingState = "stable";
  connectionState: RTCPeerConnectionState = "new";
  localDescription: { type: "offer" | "answer"; sdp: string } | null = null;
  remoteDescription: { type: "offer" | "answer"; sdp: string } | null = null;
  isClosed = false;
  /** As it was last changed. */
  configuration: RTCConfiguration | null = null;
  restarts = 0;
  readonly candidates: unknown[] = [];
  readonly #session = `${++sessions}`;
  #version = 0;
  #chain: Promise<unknown> = Promise.resolve();
  #operations = 0;
  #isNeeded = false;
  #hasFired = false;

  /** Something changed that the other side has to agree to. */
  negotiate(): void {
    this.#isNeeded = true;
    this.#fireWhenIdle();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  setState(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  createOffer(): Promise<{ type: "offer"; sdp: string }> {
    return Promise.resolve({ type: "offer", sdp: this.#sdp() });
  }

  createAnswer(): Promise<{ type: "answer"; sdp: string }> {
    return Promise.resolve({ type: "answer", sdp: this.#sdp() });
  }

  setLocalDescription(given?: { type: "offer" | "answer"; sdp: string }): Promise<void> {
    return this.#enqueue(() => {
      const isAnswer = this.signalingState === "have-remote-offer";
      const type = isAnswer ? "answer" : "offer";
      if (given !== undefined && given.type !== type) {
        throw new DOMException(`wrong state: ${this.signalingState}`, "InvalidStateError");
      }
      this.localDescription = given ?? { type, sdp: this.#sdp() };
      this.signalingState = isAnswer ? "stable" : "have-local-offer";
      if (isAnswer) this.#agreed();
    });
  }

  setRemoteDescription(description: { type: "offer" | "answer"; sdp: string }): Promise<void> {
    return this.#enqueue(() => {
      const needed = description.type === "answer" ? ["have-local-offer"] : [
        "stable",
        "have-remote-offer",
        // Rolls the own offer back.
        "have-local-offer",
      ];
      if (!needed.includes(this.signalingState)) {
        throw new DOMException(`wrong state: ${this.signalingState}`, "InvalidStateError");
      }
      this.remoteDescription = description;
      this.signalingState = description.type === "answer" ? "stable" : "have-remote-offer";
      if (description.type === "answer") this.#agreed();
    });
  }

  addIceCandidate(candidate?: unknown): Promise<void> {
    return this.#enqueue(() => {
      if (this.remoteDescription === null) throw new DOMException("none", "InvalidStateError");
      this.candidates.push(candidate);
    });
  }

  restartIce(): void {
    this.restarts++;
    this.negotiate();
  }

  createDataChannel(): EventTarget {
    return Object.assign(new EventTarget(), { readyState: "connecting", bufferedAmount: 0 });
  }

  addTransceiver(): unknown {
    this.negotiate();
    return { sender: { getParameters: () => ({ encodings: [] }), replaceTrack: async () => {} } };
  }

  close(): void {
    this.isClosed = true;
  }

  #sdp(): string {
    return `v=0\r\no=- ${this.#session} ${++this.#version} IN IP4 0.0.0.0\r\n` +
      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=extmap:3 urn:3gpp:video-orientation\r\n";
  }

  #agreed(): void {
    this.#isNeeded = false;
    this.#hasFired = false;
  }

  /** As browsers do: once for each need, in the stable state, with no operation under way. */
  #fireWhenIdle(): void {
    if (!this.#isNeeded || this.#hasFired || this.isClosed) return;
    if (this.#operations > 0 || this.signalingState !== "stable") return;
    this.#hasFired = true;
    this.dispatchEvent(new Event("negotiationneeded"));
  }

  #enqueue(operation: () => void): Promise<void> {
    this.#operations++;
    const result = this.#chain.then(() => {
      if (!this.isClosed) operation();
    });
    this.#chain = result.catch(() => {}).then(() => {
      this.#operations--;
      this.#fireWhenIdle();
    });
    return result;
  }
}

/** A path between two ends that delivers in order, some turns later, unless it is cut. */
export class FakePath {
  isCut = false;
  readonly sent: NegotiationMessage[] = [];

  carry(message: NegotiationMessage, to: (message: NegotiationMessage) => unknown): void {
    if (this.isCut) return;
    this.sent.push(message);
    queueMicrotask(() => queueMicrotask(() => void to(message)));
  }
}
