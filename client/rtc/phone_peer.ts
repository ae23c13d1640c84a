import {
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromPhoneTiming,
  type FromViewerMessage,
  type FromViewerTiming,
  type LabelledDetection,
  parseFromPhone,
  parsePhoneTiming,
  type PeerInfo,
  type PrivacyState,
  type RelayEndCause,
} from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import { CaptureTimeline } from "../time/capture_timeline.ts";
import { ClockPulse } from "../time/clock_pulse.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import { shownTimes } from "../time/shown_times.ts";
import type { RelayedFrames } from "../inference/detector.ts";
import { askForCaptureTime, type ExtensionNegotiator } from "./capture_extension.ts";
import { CameraFrames } from "./camera_frames.ts";
import { preferLowDelay } from "./media_parameters.ts";
import { phoneDetections } from "./phone_detections.ts";
import type { FrameFeeds, Relay } from "./relay.ts";
import { type PeerIo, RemotePeer } from "./remote_peer.ts";
import { CONTROL, type MessagePipe, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

/** Two clocks drift apart by a tenth of a millisecond in that time. */
const CLOCK_BEAT_MS = 2_000;

type Control = TextChannel<FromViewerMessage, FromPhoneMessage>;
type Timing = TextChannel<FromViewerTiming, FromPhoneTiming>;

/** A phone, or a camera of the server in the place of one, as a viewer has it. */
export class PhonePeer extends RemotePeer {
  readonly #pulse: ClockPulse;
  readonly #timeline = new CaptureTimeline();
  #control: Control | null = null;
  #timing: Timing | null = null;
  /** Through the server, while there is no path. */
  #relay: { readonly given: Relay; readonly control: Control; readonly timing: Timing } | null =
    null;
  #relayEnd: RelayEndCause | null = null;
  readonly #cameraFrames: CameraFrames | null;
  #track: MediaStreamTrack | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;
  #wantsPairs = false;

  constructor(info: PeerInfo, io: PeerIo) {
    super(info, io, { leads: false });
    this.#cameraFrames = info.camera === undefined ? null : new CameraFrames(info.id, {
      epochMs,
      receivedAtMs: (key) => this.#timeline.receivedAtMs(key),
    });
    this.#pulse = new ClockPulse({
      timers: io.timers,
      epochMs,
      sendPing: (nonce) => this.#sayInTime({ type: "clock-ping", nonce }),
      beatMs: CLOCK_BEAT_MS,
    });
  }

  /**
   * The phone's picture, through the server where it comes that way. Another one after a fresh
   * connection; `null` before the first.
   */
  get track(): MediaStreamTrack | null {
    return this.#relay?.given.picture.track ?? this.#track;
  }

  /** Whether the picture comes through the server. */
  get isRelayed(): boolean {
    return this.#relay !== null && this.#relay.given.picture.track !== null;
  }

  /** The frames of {@linkcode track} with an identity of their own; `null`: the track's serve. */
  get frames(): FrameFeeds | null {
    return this.isRelayed ? this.#relay!.given.picture.frames : null;
  }

  /** The frames of {@linkcode track} as the server has them itself; `null`: it has them not. */
  get atServer(): RelayedFrames | null {
    return this.#cameraFrames;
  }

  /** What of the picture came, and when, over the server; `null` while it does not. */
  get relay(): Relay | null {
    return this.#relay?.given ?? null;
  }

  /** Why pictures do not come through the server, though they were asked for; else `null`. */
  get relayEnd(): RelayEndCause | null {
    return this.#relayEnd;
  }

  /**
   * Takes everything through the server from now on, but for what connects the two; `null`: not.
   * @param why It ended, where this page did not want it to.
   */
  setRelay(relay: Relay | null, why: RelayEndCause | null = null): void {
    if (relay === this.relay && why === this.#relayEnd) return;
    this.#relayEnd = why;
    this.#relay = relay && {
      given: relay,
      control: this.#openControl(relay.control),
      timing: this.#openTiming(relay.timing),
    };
    this.io.onChange();
  }

  /** What the phone last said of its camera. */
  get cameraState(): CameraState | null {
    return this.#cameraState;
  }

  /** What is known of the phone's clock; `null`: nothing yet. */
  get clock(): ClockEstimate | null {
    return this.#pulse.clock;
  }

  /**
   * When the camera took a frame of this phone, on this page's clock.
   * @param receivedAtMs When this page got it, ms since the epoch; for want of anything better.
   */
  captureOf(key: FrameKey | null, receivedAtMs: number): CaptureTime {
    if (this.isRelayed) {
      return this.#relay!.given.picture.captureOf(key, { receivedAtMs, phoneClock: this.clock });
    }
    return this.#timeline.of(key, { receivedAtMs, phoneClock: this.clock });
  }

  /** To be told of each frame of this phone that a video element shows. */
  noteShown(metadata: VideoFrameCallbackMetadata): void {
    // What comes through the server brings its own times.
    if (this.isRelayed) return;
    this.#timeline.addShown(shownTimes(metadata));
    this.#cameraFrames?.note(metadata);
    // A camera of the server says its times unasked.
    if (this.#cameraFrames !== null) return;
    if (this.#timeline.needsPairs === this.#wantsPairs) return;
    this.#wantsPairs = this.#timeline.needsPairs;
    this.#sayWish();
  }

  /** Shows the phone what was found on its picture; says whether it went out. It may get lost. */
  sendDetections(detections: readonly LabelledDetection[]): boolean {
    // A camera of the server has no screen.
    if (this.#cameraFrames !== null) return false;
    const bounded = phoneDetections(detections);
    return this.#sayInTime({ type: "detections", detections: bounded });
  }

  /** Asks the phone; it obeys owners only. Says whether the request went out. */
  sendCommand(command: CameraCommand): boolean {
    return this.#say(command);
  }

  /** Tells the phone where its frames go, now and whenever it connects again. */
  sendPrivacy(privacy: PrivacyState): void {
    this.#privacy = privacy;
    this.#say(privacy);
  }

  override close(): void {
    super.close();
    this.#pulse.stop();
    this.#track = null;
    this.#relay = null;
  }

  protected override prepare(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, receiver, transceiver }) => {
      preferLowDelay(receiver);
      // A camera of the server tells its times on the timing channel, and offers no extension at all:
      // Chromium then takes none of them for wanted, not even those it insists on.
      if (this.#cameraFrames === null) askForCaptureTime(transceiver as ExtensionNegotiator);
      this.#timeline.clear();
      this.#track = track;
      this.io.onChange();
    });
    this.#control = this.#openControl(openDataChannel(connection, CONTROL));
    this.#timing = this.#openTiming(openDataChannel(connection, TIMING));
  }

  #openControl(channel: MessagePipe): Control {
    const control: Control = new TextChannel({
      channel,
      kind: CONTROL,
      timers: this.io.timers,
      log: this.io.log,
      parse: parseFromPhone,
      onOpen: () => {
        if (this.#privacy !== null) control.send(this.#privacy);
        if (this.#wantsPairs) this.#sayWish();
      },
      onMessage: (message) => {
        if (JSON.stringify(message) === JSON.stringify(this.#cameraState)) return;
        this.#cameraState = message;
        this.io.onChange();
      },
    });
    return control;
  }

  #openTiming(channel: MessagePipe): Timing {
    return new TextChannel({
      channel,
      kind: TIMING,
      timers: this.io.timers,
      log: this.io.log,
      parse: parsePhoneTiming,
      // The same load of the same page as before: what is known of its clock still holds.
      onOpen: () => this.#pulse.start(),
      onMessage: (message) => this.#receiveTiming(message),
    });
  }

  /** Through the server first: a connection that is dead may not know it yet. */
  #say(message: FromViewerMessage): boolean {
    return this.#relay?.control.send(message) || (this.#control?.send(message) ?? false);
  }

  #sayInTime(message: FromViewerTiming): boolean {
    return this.#relay?.timing.send(message) || (this.#timing?.send(message) ?? false);
  }

  #receiveTiming(message: FromPhoneTiming): void {
    if (message.type === "clock-pong") this.#pulse.pong(message.nonce, message.time_ms);
    else this.#timeline.addPairs(message.pairs, message.encode_ms);
  }

  #sayWish(): void {
    this.#say({ type: "capture-times-wanted", wanted: this.#wantsPairs });
  }
}
