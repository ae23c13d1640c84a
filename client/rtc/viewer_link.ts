import {
  assertNever,
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromPhoneTiming,
  type FromViewerMessage,
  type FromViewerTiming,
  parseFromViewer,
  parseViewerTiming,
  type PeerInfo,
  type PrivacyState,
  type WireDetection,
} from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import { askForCaptureTime, type ExtensionNegotiator } from "./capture_extension.ts";
import { CaptureTap, type TappedSender } from "./capture_tap.ts";
import { applyProfile, CONTENT_HINT, type OutgoingVideo } from "./media_parameters.ts";
import { type LinkIo, PeerLink } from "./peer_link.ts";
import { createTransform, startSenderWorker } from "./sender_host.ts";
import { CONTROL, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

/** What an owner may do to this phone. Extra viewers only watch, whatever their page may send. */
export interface OwnerEvents {
  onCommand(command: CameraCommand): void;
  /** What was found on this phone's picture of a moment ago. */
  onDetections(detections: readonly WireDetection[]): void;
}

/** A phone's link to one viewer. */
export class ViewerLink extends PeerLink {
  readonly #events: OwnerEvents;
  #control: TextChannel<FromPhoneMessage, FromViewerMessage> | null = null;
  #timing: TextChannel<FromPhoneTiming, FromViewerTiming> | null = null;
  #tap: CaptureTap | null = null;
  #sender: RTCRtpSender | null = null;
  #video: OutgoingVideo | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;

  constructor(peer: PeerInfo, io: LinkIo, events: OwnerEvents) {
    super(peer, io, { leads: true });
    this.#events = events;
  }

  /** What this viewer said about where the frames go; `null` before it said anything. */
  get privacy(): PrivacyState | null {
    return this.#privacy;
  }

  /**
   * Sends this picture, or none. The first one opens the connection, not before: until the camera
   * is allowed, browsers hide the phone's address from the other side (mDNS names), and networks
   * without multicast could then not connect.
   */
  setVideo(video: OutgoingVideo | null): void {
    const hasOtherTrack = video?.track !== this.#video?.track;
    this.#video = video;
    if (video !== null) video.track.contentHint = CONTENT_HINT;
    if (!this.isStarted) {
      if (video !== null) this.start();
      return;
    }
    void this.#apply(hasOtherTrack);
  }

  /** Tells the viewer about the camera, now and whenever it connects again. */
  setCameraState(state: CameraState): void {
    this.#cameraState = state;
    this.#control?.send(state);
  }

  override close(): void {
    super.close();
    this.#setTapped(false);
  }

  protected override prepare(connection: RTCPeerConnection): void {
    const transceiver = connection.addTransceiver(this.#video?.track ?? "video", {
      direction: "sendonly",
    });
    askForCaptureTime(transceiver as ExtensionNegotiator);
    // The viewer says again whether it wants one on this connection.
    this.#setTapped(false);
    this.#sender = transceiver.sender;
    void this.#apply(false);
    const { log } = this.io;
    this.#control = new TextChannel({
      channel: openDataChannel(connection, CONTROL),
      kind: CONTROL,
      log,
      parse: parseFromViewer,
      onOpen: () => {
        if (this.#cameraState !== null) this.#control?.send(this.#cameraState);
      },
      onMessage: (message) => this.#receive(message),
    });
    this.#timing = new TextChannel({
      channel: openDataChannel(connection, TIMING),
      kind: TIMING,
      log,
      parse: parseViewerTiming,
      onOpen: () => {},
      onMessage: (message) => this.#receiveTiming(message),
    });
  }

  #receive(message: FromViewerMessage): void {
    switch (message.type) {
      case "privacy-state":
        this.#privacy = message;
        return this.io.onChange();
      case "capture-times-wanted":
        return this.#setTapped(message.wanted);
      case "camera-command":
        if (this.peer.role === "owner") this.#events.onCommand(message);
        return;
      default:
        return assertNever(message);
    }
  }

  #receiveTiming(message: FromViewerTiming): void {
    if (message.type === "clock-ping") {
      this.#timing?.send({ type: "clock-pong", nonce: message.nonce, time_ms: epochMs() });
    } else if (this.peer.role === "owner") {
      this.#events.onDetections(message.detections);
    }
  }

  #setTapped(isTapped: boolean): void {
    const sender = this.#sender;
    if (isTapped === (this.#tap !== null) || sender === null) return;
    this.#tap?.close();
    const { timers, log } = this.io;
    this.#tap = !isTapped ? null : new CaptureTap({
      sender: sender as unknown as TappedSender,
      timers,
      log,
      startWorker: startSenderWorker,
      createTransform,
      onPairs: (pairs, encodeMs) => {
        this.#timing?.send({
          type: "capture-times",
          pairs: pairs.map(([rtp, timeMs]) => [rtp, timeMs]),
          encode_ms: encodeMs,
        });
      },
    });
  }

  async #apply(hasOtherTrack: boolean): Promise<void> {
    const sender = this.#sender;
    const video = this.#video;
    if (sender === null) return;
    try {
      if (hasOtherTrack) await sender.replaceTrack(video?.track ?? null);
      if (video !== null) await applyProfile(sender, video.profile);
    } catch (error) {
      // The picture goes on with the browser's own limits.
      this.io.log(`could not set the sender: ${error}`);
    }
  }
}
