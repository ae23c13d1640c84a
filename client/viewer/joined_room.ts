import { effect, type ReadonlySignal } from "@preact/signals";
import type {
  CameraCommand,
  CameraName,
  ClientConfig,
  JoinOrigins,
  PeerId,
  PrivacyState,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import type { FrameKey } from "../time/frame_key.ts";
import { ViewerRelay } from "../relay/viewer_relay.ts";
import { InferenceStreams } from "../rtc/inference_streams.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import { CodeError } from "../rtc/room_session.ts";
import { openViewerRoom, type ViewerRoom } from "../rtc/viewer_room.ts";
import { connectSignal } from "../rooms/connect_signal.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { Consent } from "./consent.ts";
import { linksOf, type RoomAccess } from "./room_access.ts";
import type { ServerCameraControl } from "./server_camera_control.ts";
import type { ViewerState } from "./viewer_state.ts";
import { codeWords } from "./viewer_words.ts";

// Filled in by client/build.ts.
declare const __PICTURE_URL__: string;

/** What this page does in its room, and whom it tells. */
export interface JoinedRoomOptions {
  readonly state: Pick<ViewerState, "selected" | "links" | "config" | "relay" | "viewers">;
  /** For pictures through the server. */
  readonly relayConsent: Consent;
  /** What each phone is told of where its frames go, now and whenever that changes. */
  readonly privacy: ReadonlySignal<PrivacyState>;
  /** The server says which models it has; see `ClientConfig.modelsRevision`. */
  onModels(revision: string): void;
  /** Cameras of the server come and go by it. */
  readonly cameras: Pick<ServerCameraControl, "heard" | "came" | "connected" | "refused">;
  /** The connection to the server, or a phone, changed. */
  onChange(): void;
}

/** The room that this page is in: its phones, and the server's inference. Before that, nothing. */
export class JoinedRoom {
  readonly #options: JoinedRoomOptions;
  #room: ViewerRoom | null = null;
  #streams: InferenceStreams | null = null;
  /** `null`: the server passes no pictures on. */
  #relay: ViewerRelay | null = null;

  constructor(options: JoinedRoomOptions) {
    this.#options = options;
  }

  /** Goes in, for as long as the page lives. */
  join({ relay: isRelayOffered }: Pick<ClientConfig, "relay">, access: RoomAccess): void {
    const { roomId, role, token, create, origin } = access;
    const { privacy, cameras, onChange } = this.#options;
    const streams = new InferenceStreams({ room: () => this.#room });
    this.#streams = streams;
    const relay = isRelayOffered ? this.#makeRelay() : null;
    this.#relay = relay;
    this.#room = openViewerRoom({
      connect: connectSignal,
      origin: location.origin,
      roomId,
      role,
      token,
      ...(create === null ? {} : { create }),
      isMadeHere: origin === "made",
      onState(signal) {
        streams.signalChanged(signal);
        relay?.signalChanged(signal);
        onChange();
      },
      onStream: (message) => streams.receive(message),
      onJoinOrigins: (message) => this.#moved(access, message),
      onModels: ({ revision }) => this.#options.onModels(revision),
      onViewers: (viewers) => this.#options.state.viewers.value = viewers,
      onRelay: (message) => relay?.receive(message),
      onCameras: (list) => cameras.heard(list),
      onRefused: (code) => cameras.refused(code),
      onPhone(event) {
        if (event.kind === "added") {
          event.peer.sendPrivacy(privacy.peek());
          cameras.came(event.peer.info);
        } else if (event.kind === "changed" && event.peer.connectionState.kind === "connected") {
          cameras.connected(event.peer.info);
        }
        relay?.phoneChanged(event);
        onChange();
      },
    });
    effect(() => {
      const said = privacy.value;
      for (const phone of this.phones) phone.sendPrivacy(said);
    });
  }

  /** The QR code that is on the page leads to where the server is now. */
  #moved(access: RoomAccess, { joinOrigins, joinProblem }: JoinOrigins): void {
    const { links, config } = this.#options.state;
    links.value = linksOf(access, joinOrigins);
    const known = config.peek();
    if (known !== null) config.value = { ...known, joinOrigins, joinProblem };
  }

  /** The person's answer to whether pictures may come through the server. */
  answerRelay(yes: boolean): void {
    if (yes) this.#options.relayConsent.give();
    this.#relay?.answer(yes);
  }

  /** The person, who said no, wants to be asked again. */
  inviteRelay(): void {
    this.#relay?.invite();
  }

  /** The connection to the server; `null` before {@linkcode join}. */
  get signal(): ServerLinkState | null {
    return this.#room?.state ?? null;
  }

  /** Those of now, oldest first. */
  get phones(): readonly PhonePeer[] {
    return this.#room?.peers ?? [];
  }

  /** The phone that is shown large; `undefined` for a source of this computer. */
  get selectedPhone(): PhonePeer | undefined {
    const phone = this.#options.state.selected.peek();
    return phone === null ? undefined : this.phoneOf(phone.id);
  }

  /** The server's inference. @throws {TypeError} Before {@linkcode join}. */
  get streams(): InferenceStreams {
    if (this.#streams === null) throw new TypeError("Cannot reach the server: not in a room yet");
    return this.#streams;
  }

  /** One of them, while it is there. */
  phoneOf(id: PeerId): PhonePeer | undefined {
    return this.phones.find(({ info }) => info.id === id);
  }

  /** Asks something of a phone's camera. */
  command(phone: PeerId, command: CameraCommand): void {
    this.phoneOf(phone)?.sendCommand(command);
  }

  /** Owner only: see `RoomSession.sendAway`. */
  sendAway(peer: PeerId): void {
    this.#room?.sendAway(peer);
  }

  /** Owner only: see `RoomSession.useCamera`. */
  useCamera(name: CameraName, on: boolean): boolean {
    return this.#room?.useCamera(name, on) ?? false;
  }

  /** When a frame of what is shown was captured, as well as that is known. */
  captureOf(key: FrameKey | null, receivedAtMs: number): CaptureTime {
    return this.selectedPhone?.captureOf(key, receivedAtMs) ??
      { timeMs: receivedAtMs, clock: "receiveTime", errorMs: null };
  }

  /** A short code for a phone that cannot scan. @throws {Error} With a sentence for the screen. */
  async requestCode(): Promise<{ code: string; expiresInMs: number }> {
    try {
      if (this.#room === null) throw new CodeError("lost");
      return await this.#room.requestCode();
    } catch (error) {
      throw new Error(codeWords(error), { cause: error });
    }
  }

  #makeRelay(): ViewerRelay {
    const { state, relayConsent, onChange } = this.#options;
    return new ViewerRelay({
      timers: pageTimers,
      log: consoleLog,
      // The server gives topics to pages in their rooms.
      openTopic: (...topic) => this.#room!.openTopic(...topic),
      startWorker: () => new Worker(__PICTURE_URL__, { type: "module", name: "pictures" }),
      hasConsent: relayConsent.isGiven,
      say: (body) => this.#room?.sendRelay(body) ?? false,
      onQuestion: (question) => state.relay.value = question,
      onChange,
    });
  }
}
