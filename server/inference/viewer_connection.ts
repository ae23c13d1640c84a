import ndc, { type DataChannel, type PeerConnection } from "node-datachannel";
import { hasTurn, type IceServer, INFERENCE_CHANNELS } from "@/protocol";
import { announced, isRelay, MAX_RELAY_CANDIDATES, plainOffer } from "../rtc/candidates.ts";
import type { StreamSignal, StreamSignalBack } from "./ipc.ts";
import { rtcConfig, type RtcPlace } from "../rtc/rtc_config.ts";

// The only importer of node-datachannel.

/** Results that a slow link has not taken yet; beyond it a new one is dropped: it would come late. */
export const MAX_BUFFERED_BYTES = 256 * 1024;

/** What a connection needs, and whom it tells. */
export interface ViewerConnectionOptions {
  readonly config: RtcPlace;
  /** Of the viewer's room, as they are when it makes its offer. */
  readonly iceServers: readonly IceServer[];
  readonly onSignal: (signal: StreamSignalBack) => void;
  /** A message on the channel of frames; the bytes are the receiver's to keep. */
  readonly onChunk: (bytes: Uint8Array) => void;
  /** A text on the channel of results. */
  readonly onText: (text: string) => void;
  /** A text on the channel of frames, or bytes on that of results. */
  readonly onRefused: () => void;
  /** The connection is lost for good. */
  readonly onClosed: () => void;
}

/** This server's end of one viewer's connection: answers its offer, then carries frames and results. */
export class ViewerConnection {
  readonly #options: ViewerConnectionOptions;
  readonly #connection: PeerConnection;
  #results: DataChannel | null = null;
  #frames: DataChannel | null = null;
  /** How many more relays may be tried; without a TURN server of our own there are none to expect. */
  #relaysLeft: number;
  #isClosed = false;

  constructor(options: ViewerConnectionOptions) {
    this.#options = options;
    this.#relaysLeft = hasTurn(options.iceServers) ? MAX_RELAY_CANDIDATES : 0;
    this.#connection = new ndc.PeerConnection(
      "peerlens",
      rtcConfig(options.config, options.iceServers),
    );
    this.#connection.onLocalDescription((sdp, type) => {
      if (type === "answer") this.#tell({ kind: "answer", sdp });
    });
    this.#connection.onLocalCandidate((candidate, mid) => this.#tellCandidate(candidate, mid));
    this.#connection.onGatheringStateChange((state) => {
      if (state === "complete") this.#tell({ kind: "ice-candidate", candidate: null });
    });
    this.#connection.onStateChange((state) => {
      if (state === "failed" || state === "closed") this.#lose();
    });
  }

  /** Whether results can go out here. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#results?.isOpen() === true;
  }

  /** Takes the viewer's offer. @throws {Error} If it cannot be answered, see `refusalOf()`. */
  answer({ sdp }: Extract<StreamSignal, { kind: "offer" }>): void {
    // Answers, too, and opens the port. To say so by itself ends the process where no port is left.
    this.#connection.setRemoteDescription(plainOffer(sdp), "offer");
    [this.#frames, this.#results] = openChannels(this.#connection);
    this.#frames.onMessage((message) => {
      if (typeof message === "string") this.#options.onRefused();
      else if (!this.#isClosed) this.#options.onChunk(toBytes(message));
    });
    this.#results.onMessage((message) => {
      if (typeof message !== "string") this.#options.onRefused();
      else if (!this.#isClosed) this.#options.onText(message);
    });
  }

  /**
   * Takes a candidate of the viewer's, if it is a relay's: no address is spoken to, and no name looked
   * up, because a guest said so. @returns Whether it was taken. @throws {Error} If it is malformed.
   */
  addCandidate({ candidate }: Extract<StreamSignal, { kind: "ice-candidate" }>): boolean {
    if (candidate === null) return true;
    if (this.#relaysLeft === 0 || !isRelay(candidate.candidate)) return false;
    this.#relaysLeft -= 1;
    this.#connection.addRemoteCandidate(candidate.candidate, candidate.sdpMid ?? "0");
    return true;
  }

  /** Sends a text to the viewer. @returns Whether it went out. */
  send(text: string): boolean {
    if (!this.isOpen) return false;
    // One UTF-16 unit is at most three bytes; ours are nearly all ASCII.
    if (this.#results!.bufferedAmount() + text.length > MAX_BUFFERED_BYTES) return false;
    try {
      return this.#results!.sendMessage(text);
    } catch {
      // It closed between the question and the sending.
      return false;
    }
  }

  /** Lets the connection go. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#frames?.close();
    this.#results?.close();
    this.#connection.close();
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onClosed();
  }

  #tell(signal: StreamSignalBack): void {
    if (!this.#isClosed) this.#options.onSignal(signal);
  }

  #tellCandidate(candidate: string, mid: string): void {
    for (const text of announced(candidate, this.#options.config.publicHost)) {
      this.#tell({ kind: "ice-candidate", candidate: { candidate: text, sdpMid: mid } });
    }
  }
}

/** Opens the channels of a stream, as both of its ends do. */
export function openChannels(
  connection: PeerConnection,
): [frames: DataChannel, results: DataChannel] {
  const { frames, results, maxPacketLifeTimeMs: maxPacketLifeTime } = INFERENCE_CHANNELS;
  const open = ({ label, id }: { label: string; id: number }) =>
    connection.createDataChannel(label, {
      negotiated: true,
      id,
      unordered: true,
      maxPacketLifeTime,
    });
  return [open(frames), open(results)];
}

function toBytes(message: ArrayBuffer | Uint8Array): Uint8Array {
  return message instanceof ArrayBuffer ? new Uint8Array(message) : message;
}
