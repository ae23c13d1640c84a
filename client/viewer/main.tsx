import "../ui/theme.css";
import "./viewer.css";
import "../dashboard/dashboard.css";
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { type ClientConfig, type Mode, parseClientConfig, type PeerId } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import { pageTimers } from "../base/timers.ts";
import type { FrameKey, FrameResult } from "../inference/worker_messages.ts";
import { InferenceStreams } from "../rtc/inference_streams.ts";
import type { PhoneLink } from "../rtc/phone_link.ts";
import { CodeError } from "../rtc/room_session.ts";
import { openViewerRoom, type ViewerRoom } from "../rtc/viewer_room.ts";
import { connectSignal } from "../signaling/connect_signal.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import { App, type ViewerActions } from "./app.tsx";
import { CameraRelief } from "./camera_relief.ts";
import { storedConsent } from "./consent.ts";
import { Findings } from "./findings.ts";
import { downloadMetrics, machineFacts } from "./export_metrics.ts";
import { DetectionStage } from "./detection_stage.ts";
import { detectorMakers } from "./detectors.ts";
import { type ModeInput, type ModeState, startMode, stepMode } from "./mode_choice.ts";
import { startChoices, startingMode } from "./detection_settings.ts";
import { conditionsOf, describePhones, framesOf, keepSelection } from "./view_model.ts";
import { openRoomKeys, type RoomAccess } from "./room_access.ts";
import { PageCommands } from "./page_commands.ts";
import { readPageSettings } from "./page_settings.ts";
import { rememberChanges } from "./remember_changes.ts";
import { storedSettings } from "./settings_memory.ts";
import { showLocalSources } from "./show_local_sources.ts";
import { StageMeasures } from "./stage_measures.ts";
import { StageRecording } from "./stage_recording.ts";
import { createViewerState } from "./viewer_state.ts";
import { codeWords, signalWords } from "./viewer_words.ts";

// ENTRY of the viewer page.

/** Figures and words are renewed this often: readable, and no load. */
const REFRESH_MS = 500;

/** Asking a connection what it has carried is not free either. */
const TRAFFIC_MS = 1_000;

const settings = readPageSettings(location.search);
const state = createViewerState(settings);
const memory = storedSettings(() => localStorage);
const side = computed(() => state.run.value.side);
const isCameraIdle = computed(() => {
  const status = state.selected.value?.camera?.status;
  return status === "paused" || status === "hidden";
});
const consent = storedConsent(() => localStorage);
let streams: InferenceStreams | null = null;
let room: ViewerRoom | null = null;
let stage: DetectionStage | null = null;
const relief = new CameraRelief();
const local = showLocalSources(state);
const recording = new StageRecording({ state, captureOf, stage: () => stage });
const commands = new PageCommands({
  state,
  recording,
  command: (phone, command) => linkOf(phone)?.sendCommand(command),
});
const measures = new StageMeasures({ captureOf, nowMs: pageTimers.nowMs, epochMs });
const findings = new Findings({
  timers: pageTimers,
  onView({ detections, counts }) {
    state.detections.value = detections;
    state.counts.value = counts;
  },
  sendToPhone: (detections) => void selectedLink()?.sendDetections(detections),
});

const actions: ViewerActions = {
  attachStage({ video, canvas }) {
    commands.setStage(video.parentElement);
    stage = new DetectionStage({
      video,
      canvas,
      isClean: state.isClean,
      predict: state.predict,
      timers: pageTimers,
      epochMs,
      create: detectorMakers(() => streams!, captureOf),
      mayUseServer: consent.isGiven,
      onServerWanted: () => changeMode({ kind: "auto-wants-server" }),
      onView(view) {
        state.run.value = view;
        if (view.detector?.kind === "ready" || view.detector?.kind === "connected") {
          measures.modelReady();
        }
      },
      onResult,
      onShown: (report) => measures.addShown(report),
      onSource() {
        measures.clearSource();
        findings.clear();
      },
      onModel() {
        measures.clearResults();
        // Another model may name other classes.
        findings.resetCounts();
      },
      onFrameMetadata: (metadata) => selectedLink()?.noteShown(metadata),
      onPresentFailed: (message) => state.displayProblem.value = message,
    });
    const stopTrack = effect(() => stage?.setTrack(state.selected.value?.track ?? null));
    const stopIdle = effect(() => {
      stage?.setIdle(isCameraIdle.value);
      // Not when the results of a picture that is no longer there have grown old.
      if (isCameraIdle.value) findings.clear();
    });
    const stopChoices = effect(() => {
      stage?.setChoices(state.choices.value, state.model.value);
      measures.setConditions(conditionsOf(state.choices.value, state.model.value));
    });
    return () => {
      stopTrack();
      stopIdle();
      stopChoices();
      commands.setStage(null);
      stage?.close();
      stage = null;
    };
  },
  command: (phone, command) => linkOf(phone)?.sendCommand(command),
  useCamera: () => void local.openCamera(state.config.peek()?.profile ?? "balanced"),
  useFile: (file) => void local.openFile(file),
  stopLocal: () => local.stop(),
  perform: (shortcut) => commands.perform(shortcut),
  saveRecorded: (kind) => recording.save(kind),
  chooseMode: (mode: Mode) => changeMode({ kind: "chosen", mode }),
  answerConsent(yes) {
    if (yes) consent.give();
    changeMode({ kind: "answered", yes });
  },
  exportMetrics() {
    const conditions = conditionsOf(state.choices.peek(), state.model.peek());
    const metrics = conditions && measures.document({ ...conditions, machine: machineFacts() });
    if (metrics !== null) downloadMetrics(metrics);
  },
  resetMetrics() {
    measures.reset();
    refresh();
  },
  resetCounts: () => findings.resetCounts(),
  async requestCode() {
    try {
      if (room === null) throw new CodeError("lost");
      return await room.requestCode();
    } catch (error) {
      throw new Error(codeWords(error), { cause: error });
    }
  },
};

function selectedLink(): PhoneLink | undefined {
  const phone = state.selected.peek();
  return phone === null ? undefined : linkOf(phone.id);
}

function readTraffic(): void {
  const link = selectedLink();
  if (link !== undefined) void measures.readTraffic(link);
}

function captureOf(key: FrameKey | null, receivedAtMs: number): CaptureTime {
  return selectedLink()?.captureOf(key, receivedAtMs) ??
    { timeMs: receivedAtMs, clock: "receiveTime", errorMs: null };
}

function onResult(result: FrameResult): void {
  measures.addResult(result);
  recording.addResult(result);
  findings.add(result, state.model.peek()?.labels ?? []);
}

function linkOf(phone: PeerId): PhoneLink | undefined {
  return room?.links.find(({ peer }) => peer.id === phone);
}

function refresh(): void {
  if (room === null) return;
  state.phones.value = describePhones(room.links, state.phones.peek(), performance.now());
  state.selectedId.value = keepSelection(state.selectedId.peek(), state.sources.peek());
  const connected = room.links.filter((link) => link.connectionState.kind === "connected");
  state.connection.value = signalWords(room.state, connected.length);
  if (connected.length > 0 || state.local.peek() !== null) changeMode({ kind: "phone-joined" });
  const profile = state.selected.peek()?.camera?.profile ?? state.config.peek()?.profile;
  findings.tick();
  recording.tick();
  stage?.tick(profile ?? "balanced");
  state.figures.value = measures.figures;
  state.recorded.value = measures.recorded;
  const run = state.run.peek();
  const isNew = measures.tick({ loadLevel: run.side === null ? null : run.load.level });
  if (isNew && !document.hidden) state.dashboard.value = measures.dashboard;
  relieveCamera();
}

function changeMode(input: ModeInput): void {
  const before = state.mode.peek();
  const after = stepMode(before, input, consent.isGiven());
  setMode(after);
  if (after.mode !== before.mode) memory.add({ mode: after.mode });
}

function setMode(mode: ModeState): void {
  state.mode.value = mode;
  const choices = state.choices.peek();
  if (choices.mode !== mode.mode) state.choices.value = { ...choices, mode: mode.mode };
}

/** Lets load control ask less of the phone on screen, and gives back what it took. */
function relieveCamera(): void {
  const phone = state.selected.peek();
  const profile = relief.step(phone?.id ?? null, {
    level: state.run.peek().load.level,
    profile: phone?.camera?.profile ?? null,
    isOwner: state.links.peek() !== null,
  });
  if (phone === null || profile === null) return;
  linkOf(phone.id)?.sendCommand({ type: "camera-command", command: "profile", profile });
}

function join(config: ClientConfig, access: RoomAccess): void {
  const { roomId, role, token, create, links } = access;
  state.links.value = links;
  const { iceServers } = config;
  const opened = new InferenceStreams({ origin: location.origin, iceServers, room: () => room });
  streams = opened;
  room = openViewerRoom({
    connect: connectSignal,
    origin: location.origin,
    roomId,
    role,
    token,
    ...(create === null ? {} : { create }),
    iceServers,
    onState(signal) {
      opened.signalChanged(signal);
      refresh();
    },
    onStream: (message) => opened.receive(message),
    onPhone({ kind, link }) {
      if (kind === "added") sendPrivacy(link);
      refresh();
    },
  });
}

function sendPrivacy(link: PhoneLink): void {
  link.sendPrivacy({ type: "privacy-state", frames: framesOf(side.value) });
}

async function start(): Promise<void> {
  const response = await fetch("/api/config");
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const config = parseClientConfig(await response.json());
  state.config.value = config;
  const access = await openRoomKeys(location, config.joinOrigins);
  if (access === null) {
    state.problem.value = "This link is not whole. Copy it again, or open the page without it.";
    state.connection.value = { words: "Not connected", mood: "bad" };
    return;
  }
  history.replaceState(null, "", access.pageUrl);
  join(config, access);
  // What the address says comes before what this browser remembers.
  const wished = { ...memory.settings(), ...settings.detection };
  state.choices.value = startChoices(config, state.choices.peek(), wished);
  setMode(startMode(startingMode(config, wished), consent.isGiven()));
  rememberChanges(state, memory);
  setInterval(refresh, REFRESH_MS);
  setInterval(readTraffic, TRAFFIC_MS);
  measures.ready();
  effect(() => {
    void side.value;
    room?.links.forEach(sendPrivacy);
  });
}

const root = document.getElementById("app")!;
root.replaceChildren();
render(<App state={state} actions={actions} />, root);
start().catch((error) => {
  const why = error instanceof Error ? error.message : String(error);
  state.problem.value = `The server cannot be reached (${why}). Check that it runs, then reload.`;
});
