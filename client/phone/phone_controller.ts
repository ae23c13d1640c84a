import { assertNever, type CameraCommand, type PhoneConfig, type Profile } from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import { startEncodeWorker } from "../inference/worker_host.ts";
import { Camera, type CameraView } from "../media/camera.ts";
import { frameSourceOf } from "../media/frame_feed.ts";
import { PictureWatch } from "../media/picture_watch.ts";
import { ShownCount } from "../media/shown_count.ts";
import { ScreenWakeLock } from "../media/wake_lock.ts";
import { PhoneRelay } from "../relay/phone_relay.ts";
import { PhoneRoom } from "../rtc/phone_room.ts";
import type { ConnectionState } from "../rtc/remote_peer.ts";
import { connectSignal } from "../rooms/connect_signal.ts";
import type { RoomLink } from "../rooms/room_keys.ts";
import { cameraReport } from "./camera_report.ts";
import { FreshDetections } from "./fresh_detections.ts";
import { farthestPrivacy, phoneConnection } from "./phone_connection.ts";
import { type PhoneState, screenOf } from "./phone_state.ts";
import { classIdsOf } from "./preview_boxes.ts";
import { storedSwitch } from "../base/stored_switch.ts";

/** Words that depend on time are renewed this often. */
const REFRESH_MS = 1_000;

/** A page that comes back gets this long for the system to give the camera back by itself. */
const RESUME_GRACE_MS = 700;

/** Nothing can have come about in these. */
const UNCONNECTED: ReadonlySet<ConnectionState["kind"]> = new Set(["waiting", "impossible"]);

/** What the controller is given. */
export interface PhoneControllerOptions {
  readonly link: RoomLink;
  readonly config: PhoneConfig;
  readonly state: PhoneState;
}

/** Joins camera, room and screen lock of the phone page. */
export class PhoneController {
  /** Of the server's models, by label. */
  readonly classIds: ReadonlyMap<string, number>;
  readonly #options: PhoneControllerOptions;
  readonly #camera: Camera;
  readonly #wakeLock = new ScreenWakeLock(navigator.wakeLock ?? null);
  readonly #detections: FreshDetections;
  /** On at first: a person who turned detection on expects to see it do something. */
  readonly #showsDetections = storedSwitch("peerlens.phone.detections", {
    storage: () => localStorage,
    isOnAtFirst: true,
  });
  #room: PhoneRoom | null = null;
  /** The picture that detections are shown on; `null` while there is none, or it stands still. */
  #shownTrack: MediaStreamTrack | null = null;
  readonly #relay: PhoneRelay;
  #preview: HTMLVideoElement | null = null;
  readonly #shownCount = new ShownCount();
  readonly #watch = new PictureWatch<string>();
  /** What the relay takes its frames from now; named so that the same is not taken anew. */
  #relaySource = "";
  #isStopped = false;

  constructor(options: PhoneControllerOptions) {
    this.#options = options;
    this.classIds = classIdsOf(options.config.models);
    this.#camera = new Camera({
      devices: navigator.mediaDevices,
      profile: options.config.profile,
      log: consoleLog,
      onChange: (view) => this.#onCamera(view),
    });
    const { shown, showsDetections } = options.state;
    this.#detections = new FreshDetections(pageTimers, (next) => shown.value = next);
    showsDetections.value = this.#showsDetections.isOn();
    this.#relay = new PhoneRelay({
      timers: pageTimers,
      log: consoleLog,
      // The server gives topics to pages in their rooms.
      openTopic: (...topic) => this.#room!.openTopic(...topic),
      startWorker: startEncodeWorker,
      viewers: () => this.#room?.viewers ?? [],
      say: (body) => this.#room?.sendRelay(body) ?? false,
      onState: (state) => {
        options.state.relay.value = state;
        this.#showConnection();
      },
    });
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    // Back from the cache of the browser, a page may not have been told that it is visible.
    addEventListener("pageshow", (event) => event.persisted && this.#onVisibility());
    setInterval(() => {
      this.#watchPicture();
      this.#showConnection();
    }, REFRESH_MS);
    this.#join();
  }

  get profile(): Profile {
    return this.#camera.profile;
  }

  /** The person's tap. */
  start(): void {
    this.#isStopped = false;
    this.#join();
    void this.#camera.start();
    void this.#wakeLock.want(true);
  }

  /** The person's tap: lets go of the camera and leaves the room. */
  stop(): void {
    this.#isStopped = true;
    this.#camera.stop();
    this.#relay.end();
    this.#room?.leave();
    this.#room = null;
    void this.#wakeLock.want(false);
    this.#showConnection();
  }

  /** Tries to reach the room at once. */
  retry(): void {
    this.#room?.retry();
  }

  /** The element that plays the camera's picture, while there is one. */
  setPreview(video: HTMLVideoElement | null): void {
    this.#preview = video;
    this.#shownCount.follow(video);
    this.#feedRelay();
  }

  /** Whether pictures may go through the server, where a viewer cannot be reached otherwise. */
  refuseRelay(isRefused: boolean): void {
    this.#relay.setRefused(isRefused);
  }

  /** Whether what viewers find is shown here, now and on later visits. */
  showDetections(isOn: boolean): void {
    this.#showsDetections.set(isOn);
    this.#options.state.showsDetections.value = isOn;
    this.#detections.clear();
  }

  /** From the buttons of this page, or from the owner's. */
  command(command: CameraCommand): void {
    switch (command.command) {
      case "switch":
        void this.#camera.switch();
        return;
      case "torch":
        void this.#camera.setTorch(command.on);
        return;
      case "zoom":
        void this.#camera.setZoom(command.value);
        return;
      case "pause":
        this.#camera.setPaused(command.paused);
        return;
      case "profile":
        void this.#camera.setProfile(command.profile);
        return;
      default:
        return assertNever(command);
    }
  }

  #join(): void {
    const { link } = this.#options;
    this.#room ??= new PhoneRoom({
      connect: connectSignal,
      origin: location.origin,
      roomId: link.roomId,
      token: link.token,
      onState: (signal) => {
        this.#relay.signalChanged(signal);
        this.#showConnection();
      },
      onViewers: () => {
        this.#relay.viewersChanged();
        this.#showConnection();
      },
      onRelay: (message) => this.#relay.receive(message),
      onCommand: (command) => this.command(command),
      onDetections: (detections) => {
        if (this.#shownTrack !== null && this.#showsDetections.isOn()) {
          this.#detections.add(detections);
        }
      },
    });
  }

  #onCamera(view: CameraView): void {
    const { screen } = this.#options.state;
    screen.value = screenOf(view, { before: screen.value, isStopped: this.#isStopped });
    const track = view.kind === "live" && !view.isPaused ? view.track : null;
    if (track !== this.#shownTrack) this.#detections.clear();
    this.#shownTrack = track;
    // Between two cameras nothing is said: the viewer keeps the last picture for that moment.
    if (view.kind === "starting") return;
    const { profile } = this.#camera;
    this.#room?.setVideo(view.kind === "live" ? { track: view.track, profile } : null);
    this.#report();
    this.#feedRelay();
  }

  /** Frames for the relay, while there is a picture that people see here too. */
  #feedRelay(): void {
    const { view, profile } = this.#camera;
    const video = this.#preview;
    const isSeen = document.visibilityState === "visible";
    const track = view.kind === "live" && !view.isPaused && isSeen ? view.track : null;
    const name = track === null || video === null ? "" : `${track.id} ${profile}`;
    if (name === this.#relaySource) return;
    this.#relaySource = name;
    if (track === null || video === null) return this.#relay.setSource(null);
    const frames = frameSourceOf(track, video, (message) => this.#relay.fail(message));
    this.#relay.setSource({ feed: frames.feed({ bufferFrames: 1 }), profile });
  }

  /** A camera that is on and gives nothing. What nobody sees is not shown, and tells nothing. */
  #watchPicture(): void {
    const { id } = this.#shownTrack ?? { id: null };
    this.#watch.keep(id === null ? [] : [id]);
    const frames = document.hidden ? null : this.#shownCount.frames;
    if (id !== null) this.#watch.read(id, frames, pageTimers.nowMs());
    this.#options.state.isStill.value = id !== null && this.#watch.isStill(id);
  }

  #report(): void {
    const isHidden = document.visibilityState === "hidden";
    this.#room?.setCameraState(
      cameraReport(this.#camera.view, { profile: this.#camera.profile, isHidden }),
    );
  }

  #onVisibility(): void {
    this.#report();
    this.#feedRelay();
    if (document.visibilityState !== "visible" || this.#camera.view.kind === "off") return;
    void this.#wakeLock.want(true);
    setTimeout(() => void this.#camera.resume(), RESUME_GRACE_MS);
  }

  #showConnection(): void {
    const { connection, privacy } = this.#options.state;
    if (this.#room === null) return;
    // A viewer that has gone before anything was connected is as good as none.
    const viewers = this.#room.viewers.filter((viewer) =>
      viewer.isReachable || !UNCONNECTED.has(viewer.connectionState.kind)
    );
    const relay = this.#relay.state;
    const connections = viewers.map((viewer) => viewer.connectionState);
    const next = phoneConnection(this.#room.state, connections, {
      nowMs: performance.now(),
      relayed: relay.kind === "open" ? relay.viewers : 0,
    });
    // The same words again would make a screen reader say them again.
    if (JSON.stringify(next) !== JSON.stringify(connection.value)) connection.value = next;
    if (next.kind === "refused" && next.isFinal && this.#camera.view.kind !== "off") {
      // Taken over by another tab, or shut out: a camera would run for nobody.
      this.#camera.stop();
      void this.#wakeLock.want(false);
    }
    privacy.value = farthestPrivacy(viewers.map((viewer) => viewer.privacy));
    // So that it is back as soon as the viewer that has these examined.
    this.#room.watchClosely(privacy.value?.frames === "server");
  }
}
