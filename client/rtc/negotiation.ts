import type { IceCandidateInit } from "@/protocol";
import type { Log } from "../base/log.ts";
import { withCaptureTime } from "./capture_extension.ts";
import { withoutVideoOrientation } from "./sdp.ts";

/** What two peers say to each other to connect; the addresses are added outside. */
export type NegotiationMessage =
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "ice-candidate"; readonly candidate: IceCandidateInit };

/** The part of RTCPeerConnection that negotiation drives. */
export type NegotiableConnection =
  & EventTarget
  & Pick<
    RTCPeerConnection,
    | "addIceCandidate"
    | "createAnswer"
    | "createOffer"
    | "localDescription"
    | "remoteDescription"
    | "setLocalDescription"
    | "setRemoteDescription"
    | "signalingState"
  >;

/** What a negotiation is given. */
export interface NegotiationOptions {
  readonly connection: NegotiableConnection;
  /** On a collision of offers the polite side takes its own back. */
  readonly polite: boolean;
  /** Writes the extension for capture times into descriptions: for browsers without a setting. */
  readonly editsExtensions: boolean;
  readonly log: Log;
  /** May drop the message; {@linkcode Negotiation.resume} then says it again. */
  send(message: NegotiationMessage): void;
}

/**
 * Perfect negotiation: either side may start at any time, collisions resolve.
 * Source: WebRTC 1.0, section 10.7 "Perfect Negotiation Example".
 */
export class Negotiation {
  readonly #options: NegotiationOptions;
  readonly #stop = new AbortController();
  #makingOffer = false;
  #ignoreOffer = false;
  #isSettingRemoteAnswerPending = false;

  constructor(options: NegotiationOptions) {
    this.#options = options;
    const { connection } = options;
    const { signal } = this.#stop;
    connection.addEventListener("negotiationneeded", () => void this.#offer(), { signal });
    connection.addEventListener("icecandidate", (event) => {
      this.#sendCandidate((event as RTCPeerConnectionIceEvent).candidate);
    }, { signal });
  }

  /** Takes what the other side sent. Never throws: what does not fit is logged and dropped. */
  async receive(message: NegotiationMessage): Promise<void> {
    const { connection, log } = this.#options;
    try {
      if (message.type === "ice-candidate") await this.#addCandidate(message.candidate);
      else await this.#describe(message);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      log(`could not apply ${message.type} in state ${connection.signalingState}: ${reason}`);
    }
  }

  /** After an outage of the signalling: says the offer again that was never answered. */
  resume(): void {
    if (this.#options.connection.signalingState === "have-local-offer") this.#sendDescription();
  }

  /** Stops listening. The connection itself is the caller's to close. */
  close(): void {
    this.#stop.abort();
  }

  async #offer(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#makingOffer = true;
      await this.#setLocalDescription();
      this.#sendDescription();
    } catch (error) {
      if (!this.#stop.signal.aborted) log(`could not make an offer: ${error}`);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #describe(message: { readonly type: "offer" | "answer"; readonly sdp: string }) {
    const { connection, polite } = this.#options;
    const readyForOffer = !this.#makingOffer &&
      (connection.signalingState === "stable" || this.#isSettingRemoteAnswerPending);
    const offerCollision = message.type === "offer" && !readyForOffer;
    this.#ignoreOffer = !polite && offerCollision;
    if (this.#ignoreOffer) return;

    this.#isSettingRemoteAnswerPending = message.type === "answer";
    try {
      // Rolls back by itself when the polite side has an offer of its own out.
      const sdp = withoutVideoOrientation(message.sdp);
      await connection.setRemoteDescription({ type: message.type, sdp });
    } finally {
      this.#isSettingRemoteAnswerPending = false;
    }
    if (message.type === "offer") {
      await this.#setLocalDescription();
      this.#sendDescription();
    }
  }

  /** In the state that the connection is in: an offer or an answer. */
  async #setLocalDescription(): Promise<void> {
    const { connection, editsExtensions, log } = this.#options;
    if (!editsExtensions) return await connection.setLocalDescription();
    const { signalingState } = connection;
    const isAnswer = signalingState === "have-remote-offer";
    const { type, sdp } = await (isAnswer ? connection.createAnswer() : connection.createOffer());
    const offer = isAnswer ? connection.remoteDescription?.sdp ?? null : null;
    try {
      await connection.setLocalDescription({ type, sdp: withCaptureTime(sdp ?? "", offer) });
    } catch (error) {
      // In another state by now, it is for whoever changed the state to describe this side.
      if (connection.signalingState !== signalingState) throw error;
      log(`goes without capture times: ${error}`);
      await connection.setLocalDescription();
    }
  }

  async #addCandidate(candidate: IceCandidateInit): Promise<void> {
    try {
      await this.#options.connection.addIceCandidate(
        // Not every browser takes `null` for the end of candidates; all take nothing.
        candidate === null ? undefined : candidate as RTCIceCandidateInit,
      );
    } catch (error) {
      // Candidates of an ignored offer cannot fit, and the end of candidates is only a hint.
      if (!this.#ignoreOffer && candidate !== null) throw error;
    }
  }

  #sendDescription(): void {
    const description = this.#options.connection.localDescription;
    if (this.#stop.signal.aborted || description === null) return;
    const { type, sdp } = description;
    if (type !== "offer" && type !== "answer") return;
    this.#options.send({ type, sdp: withoutVideoOrientation(sdp) });
  }

  #sendCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate === null) {
      this.#options.send({ type: "ice-candidate", candidate: null });
      return;
    }
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    this.#options.send({
      type: "ice-candidate",
      candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment },
    });
  }
}
