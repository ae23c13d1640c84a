import {
  assertNever,
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromPhoneTiming,
  type FromViewerMessage,
  type FromViewerTiming,
  type LabelledDetection,
  parseFromViewer,
  parseViewerTiming,
  type PeerInfo,
  type PrivacyState,
} from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import type { CapturePair } from "../time/capture_timeline.ts";
import { askForCaptureTime, type ExtensionNegotiator } from "./capture_extension.ts";
import { CaptureTap } from "./capture_tap.ts";
import { applyProfile, CONTENT_HINT, type OutgoingVideo } from "./media_parameters.ts";
import type { RelayedChannels } from "./relay.ts";
import { type PeerIo, RemotePeer } from "./remote_peer.ts";
import { canTransform, createTransform, startSenderWorker } from "./sender_host.ts";
import { CONTROL, type MessagePipe, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

/** What an owner may do to this phone. Extra viewers only watch, whatever their page may send. */
export interface OwnerEvents {
  onCommand(command: CameraCommand): void;
  /** What was found on this phone's picture of a moment ago. */
  onDetections(detections: readonly LabelledDetection[]): void;
}

type Control = TextChannel<FromPhoneMessage, FromViewerMessage>;
type Timing = TextChannel<FromPhoneTiming, FromViewerTiming>;

/** A viewer, as a phone has it. */
export class ViewerPeer extends RemotePeer {
  readonly #events: OwnerEvents;
  #control: Control | null = null;
  #timing: Timing | null = null;
  /** Through the server, while there is no path. */
  #relay: { readonly channels: RelayedChannels; readonly control: Control } | null = null;
  #connection: RTCPeerConnection | null = null;
  #transceiver: RTCRtpTransceiver | null = null;
  #tap: CaptureTap | null = null;
  #wantsPairs = false;
  #canTap = canTransform();
  #video: OutgoingVideo | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;

  constructor(info: PeerInfo, io: PeerIo, events: OwnerEvents) {
    super(info, io, { leads: true });
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
    this.#relay?.control.send(state);
  }

  /** Whether this viewer gets the picture through the server. */
  get isRelayed(): boolean {
    return this.#relay !== null;
  }

  /** Hears and tells this viewer through the server as well; `null`: not any more. */
  setRelay(channels: RelayedChannels | null): void {
    if (channels === (this.#relay?.channels ?? null)) return;
    this.#relay = channels && { channels, control: this.#openControl(channels.control) };
    if (channels !== null) this.#openTiming(channels.timing);
    this.io.onChange();
  }

  override close(): void {
    super.close();
    this.#tap?.close();
  }

  protected override prepare(connection: RTCPeerConnection): void {
    this.#tap?.close();
    this.#tap = null;
    this.#connection = connection;
    this.#transceiver = null;
    this.#addSender(null);
    this.#tapIfWanted();
    this.#control = this.#openControl(openDataChannel(connection, CONTROL));
    this.#timing = this.#openTiming(openDataChannel(connection, TIMING));
  }

  #openControl(channel: MessagePipe): Control {
    const control: Control = new TextChannel({
      channel,
      kind: CONTROL,
      timers: this.io.timers,
      log: this.io.log,
      parse: parseFromViewer,
      onOpen: () => {
        if (this.#cameraState !== null) control.send(this.#cameraState);
      },
      onMessage: (message) => this.#receive(message),
    });
    return control;
  }

  #openTiming(channel: MessagePipe): Timing {
    const timing: Timing = new TextChannel({
      channel,
      kind: TIMING,
      timers: this.io.timers,
      log: this.io.log,
      parse: parseViewerTiming,
      onOpen: () => {},
      onMessage: (message) => this.#receiveTiming(message, timing),
    });
    return timing;
  }

  #receive(message: FromViewerMessage): void {
    switch (message.type) {
      case "privacy-state":
        this.#privacy = message;
        return this.io.onChange();
      case "capture-times-wanted":
        this.#wantsPairs = message.wanted;
        return this.#tapIfWanted();
      case "camera-command":
        if (this.info.role === "owner") this.#events.onCommand(message);
        return;
      default:
        return assertNever(message);
    }
  }

  /** A ping is answered where it came from: it measures that way. */
  #receiveTiming(message: FromViewerTiming, from: Timing): void {
    if (message.type === "clock-ping") {
      from.send({ type: "clock-pong", nonce: message.nonce, time_ms: epochMs() });
    } else if (this.info.role === "owner") {
      this.#events.onDetections(message.detections);
    }
  }

  /** Replaces the sender: whether its frames go through a tap is settled when it is made. */
  #addSender(tap: CaptureTap | null): void {
    const before = this.#transceiver;
    const transceiver = this.#connection!.addTransceiver(this.#video?.track ?? "video", {
      direction: "sendonly",
    });
    this.#transceiver = transceiver;
    askForCaptureTime(transceiver as ExtensionNegotiator);
    if (before !== null) {
      // Not stopped: its section may be the one whose transport carries everything else.
      before.direction = "inactive";
      before.sender.replaceTrack(null).catch(() => undefined);
    }
    tap?.attach(transceiver.sender);
    void this.#apply(false);
  }

  /** A tap stays for as long as the connection, also where its pairs are not wanted any more. */
  #tapIfWanted(): void {
    if (!this.#wantsPairs || this.#tap !== null || !this.#canTap) return;
    const { timers, log } = this.io;
    const tap: CaptureTap = new CaptureTap({
      timers,
      log,
      startWorker: startSenderWorker,
      createTransform,
      onReady: () => this.#addSender(tap),
      onPairs: (pairs, encodeMs) => {
        if (this.#wantsPairs) this.#sendPairs(pairs, encodeMs);
      },
      onFailed: () => {
        this.#canTap = false;
        this.#addSender(null);
      },
    });
    this.#tap = tap;
  }

  #sendPairs(pairs: readonly CapturePair[], encodeMs: number | null): void {
    this.#timing?.send({
      type: "capture-times",
      pairs: pairs.map(([rtpTimestamp, timeMs]) => [rtpTimestamp, timeMs]),
      encode_ms: encodeMs,
    });
  }

  async #apply(hasOtherTrack: boolean): Promise<void> {
    const sender = this.#transceiver?.sender;
    const video = this.#video;
    if (sender === undefined) return;
    try {
      if (hasOtherTrack) await sender.replaceTrack(video?.track ?? null);
      if (video !== null) await applyProfile(sender, video.profile);
    } catch (error) {
      // The picture goes on with the browser's own limits.
      this.io.log(`could not set the sender: ${error}`);
    }
  }
}
