import {
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromViewerMessage,
  parseFromPhone,
  type PeerInfo,
  type PrivacyState,
} from "@/protocol";
import { ControlChannel, openControlDataChannel } from "./control_channel.ts";
import { preferLowDelay } from "./media_parameters.ts";
import { type LinkIo, PeerLink } from "./peer_link.ts";

/** A viewer's link to one phone. */
export class PhoneLink extends PeerLink {
  #control: ControlChannel<FromViewerMessage, FromPhoneMessage> | null = null;
  #track: MediaStreamTrack | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;

  constructor(peer: PeerInfo, io: LinkIo) {
    super(peer, io, { leads: false });
  }

  /** The phone's picture. Another one after a fresh connection; `null` before the first. */
  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  /** What the phone last said of its camera. */
  get cameraState(): CameraState | null {
    return this.#cameraState;
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
    this.#track = null;
  }

  protected override prepare(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, receiver }) => {
      preferLowDelay(receiver);
      this.#track = track;
      this.io.onChange();
    });
    this.#control = new ControlChannel({
      channel: openControlDataChannel(connection),
      log: this.io.log,
      parse: parseFromPhone,
      onOpen: () => {
        if (this.#privacy !== null) this.#control?.send(this.#privacy);
      },
      onMessage: (message) => {
        this.#cameraState = message;
        this.io.onChange();
      },
    });
  }
}
