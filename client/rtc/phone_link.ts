import {
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromPhoneTiming,
  type FromViewerMessage,
  type FromViewerTiming,
  parseFromPhone,
  parsePhoneTiming,
  type PeerInfo,
  type PrivacyState,
  type WireDetection,
} from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import type { FrameKey } from "../inference/worker_messages.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import { CaptureTimeline } from "../time/capture_timeline.ts";
import { ClockPulse } from "../time/clock_pulse.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import { shownTimes } from "../time/shown_times.ts";
import { askForCaptureTime, type ExtensionNegotiator } from "./capture_extension.ts";
import { preferLowDelay } from "./media_parameters.ts";
import { type LinkIo, PeerLink } from "./peer_link.ts";
import { phoneDetections } from "./phone_detections.ts";
import { CONTROL, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

/** Two clocks drift apart by a tenth of a millisecond in that time. */
const CLOCK_BEAT_MS = 2_000;

/** A viewer's link to one phone. */
export class PhoneLink extends PeerLink {
  readonly #pulse: ClockPulse;
  readonly #timeline = new CaptureTimeline();
  #control: TextChannel<FromViewerMessage, FromPhoneMessage> | null = null;
  #timing: TextChannel<FromViewerTiming, FromPhoneTiming> | null = null;
  #track: MediaStreamTrack | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;
  #wantsPairs = false;

  constructor(peer: PeerInfo, io: LinkIo) {
    super(peer, io, { leads: false });
    this.#pulse = new ClockPulse({
      timers: io.timers,
      epochMs,
      sendPing: (nonce) => this.#timing?.send({ type: "clock-ping", nonce }),
      beatMs: CLOCK_BEAT_MS,
    });
  }

  /** The phone's picture. Another one after a fresh connection; `null` before the first. */
  get track(): MediaStreamTrack | null {
    return this.#track;
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
    return this.#timeline.of(key, { receivedAtMs, phoneClock: this.clock });
  }

  /** To be told of each frame of this phone that a video element shows. */
  noteShown(metadata: VideoFrameCallbackMetadata): void {
    this.#timeline.addShown(shownTimes(metadata));
    if (this.#timeline.needsPairs === this.#wantsPairs) return;
    this.#wantsPairs = this.#timeline.needsPairs;
    this.#sayWish();
  }

  /** Shows the phone what was found on its picture; says whether it went out. It may get lost. */
  sendDetections(detections: readonly WireDetection[]): boolean {
    const bounded = phoneDetections(detections);
    return this.#timing?.send({ type: "detections", detections: bounded }) ?? false;
  }

  /** Asks the phone; it obeys owners only. Says whether the request went out. */
  sendCommand(command: CameraCommand): boolean {
    return this.#control?.send(command) ?? false;
  }

  /** Tells the phone where its frames go, now and whenever it connects again. */
  sendPrivacy(privacy: PrivacyState): void {
    this.#privacy = privacy;
    this.#control?.send(privacy);
  }

  override close(): void {
    super.close();
    this.#pulse.stop();
    this.#track = null;
  }

  protected override prepare(connection: RTCPeerConnection): void {
    const { log } = this.io;
    connection.addEventListener("track", ({ track, receiver, transceiver }) => {
      preferLowDelay(receiver);
      askForCaptureTime(transceiver as ExtensionNegotiator);
      this.#timeline.clear();
      this.#track = track;
      this.io.onChange();
    });
    this.#control = new TextChannel({
      channel: openDataChannel(connection, CONTROL),
      kind: CONTROL,
      log,
      parse: parseFromPhone,
      onOpen: () => {
        if (this.#privacy !== null) this.#control?.send(this.#privacy);
        if (this.#wantsPairs) this.#sayWish();
      },
      onMessage: (message) => {
        this.#cameraState = message;
        this.io.onChange();
      },
    });
    this.#timing = new TextChannel({
      channel: openDataChannel(connection, TIMING),
      kind: TIMING,
      log,
      parse: parsePhoneTiming,
      // The same load of the same page as before: what is known of its clock still holds.
      onOpen: () => this.#pulse.start(),
      onMessage: (message) => this.#receiveTiming(message),
    });
  }

  #receiveTiming(message: FromPhoneTiming): void {
    if (message.type === "clock-pong") this.#pulse.pong(message.nonce, message.time_ms);
    else this.#timeline.addPairs(message.pairs, message.encode_ms);
  }

  #sayWish(): void {
    this.#control?.send({ type: "capture-times-wanted", wanted: this.#wantsPairs });
  }
}
