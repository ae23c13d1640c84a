import {
  type CameraCommand,
  type CameraState,
  type FromPhoneMessage,
  type FromViewerMessage,
  parseFromViewer,
  type PeerInfo,
  type PrivacyState,
} from "@/protocol";
import { ControlChannel, openControlDataChannel } from "./control_channel.ts";
import { applyProfile, CONTENT_HINT, type OutgoingVideo } from "./media_parameters.ts";
import { type LinkIo, PeerLink } from "./peer_link.ts";

/** A phone's link to one viewer. */
export class ViewerLink extends PeerLink {
  readonly #onCommand: (command: CameraCommand) => void;
  #control: ControlChannel<FromPhoneMessage, FromViewerMessage> | null = null;
  #sender: RTCRtpSender | null = null;
  #video: OutgoingVideo | null = null;
  #cameraState: CameraState | null = null;
  #privacy: PrivacyState | null = null;

  constructor(peer: PeerInfo, io: LinkIo, onCommand: (command: CameraCommand) => void) {
    super(peer, io, { leads: true });
    this.#onCommand = onCommand;
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

  protected override prepare(connection: RTCPeerConnection): void {
    const { sender } = connection.addTransceiver(this.#video?.track ?? "video", {
      direction: "sendonly",
    });
    this.#sender = sender;
    void this.#apply(false);
    this.#control = new ControlChannel({
      channel: openControlDataChannel(connection),
      log: this.io.log,
      parse: parseFromViewer,
      onOpen: () => {
        if (this.#cameraState !== null) this.#control?.send(this.#cameraState);
      },
      onMessage: (message) => this.#receive(message),
    });
  }

  #receive(message: FromViewerMessage): void {
    if (message.type === "privacy-state") {
      this.#privacy = message;
      this.io.onChange();
    } else if (message.type === "camera-command" && this.peer.role === "owner") {
      // Extra viewers only watch, whatever their page may send.
      this.#onCommand(message);
    }
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
