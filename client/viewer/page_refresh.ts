import { takesH264 } from "../base/web_rtc.ts";
import { pageTimers } from "../base/timers.ts";
import { PictureWatch } from "../media/picture_watch.ts";
import { receivedFrames } from "../metrics/traffic.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import type { PeerId } from "@/protocol";
import { CameraRelief } from "./camera_relief.ts";
import type { Findings } from "./findings.ts";
import type { JoinedRoom } from "./joined_room.ts";
import { hintWords, NoBoxHint } from "./no_box_hint.ts";
import type { ModeControl } from "./mode_control.ts";
import type { StageHost } from "./stage_host.ts";
import type { StageMeasures } from "./stage_measures.ts";
import type { StageRecording } from "./stage_recording.ts";
import { alsoShown, describeLocal, describePhones, keepSelection } from "./view_model.ts";
import type { ViewerState } from "./viewer_state.ts";
import { signalWords } from "./viewer_words.ts";

/** Figures and words are renewed this often: readable, and no load. */
const REFRESH_MS = 500;

/** Asking a connection what it has carried is not free either. */
const TRAFFIC_MS = 1_000;

/** Where the page's words and figures come from. */
export interface PageRefreshOptions {
  readonly state: ViewerState;
  readonly room: JoinedRoom;
  readonly modes: ModeControl;
  readonly stage: Pick<StageHost, "tick" | "shownFrames">;
  readonly measures: StageMeasures;
  readonly findings: Pick<Findings, "tick">;
  readonly recording: Pick<StageRecording, "tick">;
}

/** Keeps the page's words and figures up to date. */
export class PageRefresh {
  readonly #options: PageRefreshOptions;
  readonly #relief = new CameraRelief();
  readonly #pictures = new PictureWatch<PeerId>();
  readonly #noBox = new NoBoxHint();

  constructor(options: PageRefreshOptions) {
    this.#options = options;
  }

  /** From now on, for as long as the page lives. */
  start(): void {
    setInterval(() => this.now(), REFRESH_MS);
    setInterval(() => {
      this.#readTraffic();
      this.#watchPictures();
    }, TRAFFIC_MS);
    // Timers of a hidden page are late, and one that is looked at again must not wait for them.
    document.addEventListener("visibilitychange", () => this.now());
  }

  /** At once: something changed. */
  now(): void {
    const { state, room, findings, recording, stage } = this.#options;
    if (room.signal === null) return;
    this.#describeRoom();
    const profile = state.selected.peek()?.camera?.profile ?? state.config.peek()?.profile;
    findings.tick();
    recording.tick();
    stage.tick({
      profile: profile ?? "balanced",
      cameraFps: this.#options.measures.figures.cameraFps,
      isUnseen: document.hidden && state.zones.zones.peek().length === 0 &&
        state.recording.peek().kind !== "recording",
    });
    this.#measure();
    this.#hint();
    this.#relieveCamera();
  }

  #describeRoom(): void {
    const { state, room, modes } = this.#options;
    const isStill = (id: PeerId) => this.#pictures.isStill(id);
    const nowMs = pageTimers.nowMs();
    const isRelayOffered = state.config.peek()?.relay ?? false;
    const facts = {
      nowMs,
      isStill,
      isRelayOffered,
      cameras: state.serverCameras.list.peek(),
      takesH264,
    };
    state.phones.value = describePhones(room.phones, state.phones.peek(), facts);
    const local = state.local.peek();
    if (local !== null) state.local.value = describeLocal(local, isStill(local.id));
    state.selectedId.value = keepSelection(state.selectedId.peek(), state.sources.peek());
    const relayed = room.phones.filter((phone) => phone.isRelayed);
    const connected = room.phones.filter((phone) =>
      phone.connectionState.kind === "connected" || phone.isRelayed
    );
    const cameras = connected.flatMap(({ info }) => info.camera ?? []);
    state.connection.value = signalWords(room.signal!, {
      phones: connected.length - cameras.length,
      relayed: relayed.length,
      local: alsoShown(local, cameras),
      noPicture: this.#noPicture(),
    });
    const hasPicture = connected.length > 0 || local !== null;
    if (hasPicture) modes.change({ kind: "phone-joined" });
  }

  /** Why none of the sources gives a picture; `null`: one does. */
  #noPicture(): string | null {
    const { state } = this.#options;
    const isSeen = state.sources.peek().some(({ mood }) => mood === "good");
    return isSeen ? null : state.selected.peek()?.words ?? null;
  }

  /** All phones, since those in the small pictures are told of too. */
  #watchPictures(): void {
    const { state, room, stage } = this.#options;
    this.#pictures.keep(state.sources.peek().map(({ id }) => id));
    for (const phone of room.phones) void this.#watchPhone(phone);
    const local = state.local.peek();
    if (local === null) return;
    // Only what is shown large, to somebody, is counted.
    const isCounted = local.id === state.selected.peek()?.id && !document.hidden;
    this.#readPicture(local.id, isCounted ? stage.shownFrames : null);
  }

  async #watchPhone(phone: PhonePeer): Promise<void> {
    const frames = phone.isRelayed
      ? phone.relay!.picture.received
      : phone.connectionState.kind === "connected"
      ? receivedFrames(await phone.stats())
      : null;
    this.#readPicture(phone.info.id, frames);
  }

  #readPicture(id: PeerId, frames: number | null): void {
    const wasStill = this.#pictures.isStill(id);
    this.#pictures.read(id, frames, pageTimers.nowMs());
    if (this.#pictures.isStill(id) !== wasStill) this.now();
  }

  #measure(): void {
    const { state, measures } = this.#options;
    state.figures.value = measures.figures;
    state.recorded.value = measures.recorded;
    const run = state.run.peek();
    const isNew = measures.tick({ loadLevel: run.side === null ? null : run.load.level });
    if (isNew && !document.hidden) state.dashboard.value = measures.dashboard;
  }

  /** What to do where nothing was ever found. */
  #hint(): void {
    const { state } = this.#options;
    const choices = state.choices.peek();
    const phone = state.selected.peek();
    // Without results nobody knows what is in the picture.
    const isExamined = phone?.mood === "good" && (state.figures.peek().processedFps ?? 0) > 0;
    const looking = {
      source: isExamined ? phone.id : null,
      choices,
      hasBoxes: state.detections.peek().length > 0,
    };
    const isDue = this.#noBox.step(looking, pageTimers.nowMs());
    const labels = state.model.peek()?.labels ?? [];
    state.hint.value = isDue ? hintWords(choices, labels) : null;
  }

  #readTraffic(): void {
    const { room, measures } = this.#options;
    const phone = room.selectedPhone;
    if (phone !== undefined) void measures.readTraffic(phone);
  }

  /** Lets load control ask less of the phone on screen, and gives back what it took. */
  #relieveCamera(): void {
    const { state, room } = this.#options;
    const phone = state.selected.peek();
    const isPhone = phone?.serverCamera === null;
    const profile = this.#relief.step(phone?.id ?? null, {
      level: state.run.peek().load.level,
      // A camera of the server is not this page's alone.
      profile: isPhone ? phone.camera?.profile ?? null : null,
      isOwner: state.links.peek() !== null,
    });
    if (phone === null || profile === null) return;
    room.command(phone.id, { type: "camera-command", command: "profile", profile });
  }
}
