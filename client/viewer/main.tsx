import "../ui/theme.css";
import "./viewer.css";
import "../dashboard/dashboard.css";
import "../zones/zones.css";
import "../ui/models_sheet.css";
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import type { Mode, PrivacyState } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import { pageTimers } from "../base/timers.ts";
import { storedRunMemory } from "../inference/run_memory.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { readConfig, waitForConfig } from "../link/server_config.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import { writeWholeTexts } from "../ui/whole_texts.ts";
import { App } from "./app.tsx";
import type { ViewerActions } from "./viewer_actions.ts";
import { storedConsent } from "./consent.ts";
import { startChoices, startingMode } from "../detection/detection_settings.ts";
import { detectorMakers } from "./detectors.ts";
import { downloadMetrics, machineFacts } from "./export_metrics.ts";
import { Findings } from "./findings.ts";
import { JoinedRoom } from "./joined_room.ts";
import { startMode } from "../detection/mode_choice.ts";
import { ModeControl } from "./mode_control.ts";
import { ModelList } from "./model_list.ts";
import { isModelFile, ModelParts } from "./model_parts.ts";
import { PageCommands } from "./page_commands.ts";
import { PageRefresh } from "./page_refresh.ts";
import { readPageSettings } from "./page_settings.ts";
import { RunBook } from "../detection/run_book.ts";
import { openRoomKeys } from "./room_access.ts";
import { knownRooms } from "../rooms/known_rooms.ts";
import { ServerCameraControl } from "./server_camera_control.ts";
import { rememberChanges, storedSettings } from "./settings_memory.ts";
import { showLocalSources } from "./show_local_sources.ts";
import { StageHost } from "./stage_host.ts";
import { StageMeasures } from "./stage_measures.ts";
import { StageRecording } from "./stage_recording.ts";
import { conditionsOf, eventsTo, framesOf, sourceOf } from "./view_model.ts";
import { createViewerState } from "./viewer_state.ts";
import { ZoneParts } from "./zone_parts.ts";

// ENTRY of the viewer page.

const settings = readPageSettings(location.search);
const state = createViewerState(settings);
const memory = storedSettings(() => localStorage);
const consent = storedConsent(() => localStorage);
const side = computed(() => state.run.value.side);
const privacy = computed((): PrivacyState => ({
  type: "privacy-state",
  frames: framesOf(side.value),
  eventsTo: eventsTo(state.zones),
}));

const serverCameras = new ServerCameraControl({
  state,
  peers: () => room.phones.map(({ info }) => info),
  use: (name, on) => room.useCamera(name, on),
  play: (name, on) => local.playEndpoint(name, on),
});
const room: JoinedRoom = new JoinedRoom({
  state,
  cameras: serverCameras,
  privacy,
  relayConsent: storedConsent(() => localStorage, "relay"),
  onModels: (revision) => models.heard(revision),
  onChange: () => refresh.now(),
});
const models = new ModelList({ state, timers: pageTimers, readConfig });
const captureOf: CaptureOf = (key, receivedAtMs) => room.captureOf(key, receivedAtMs);
/** Pictures of the server's own cameras need none. */
const mayUseServer = () => consent.isGiven() || state.selected.peek()?.serverCamera != null;
const modes = new ModeControl({ state, consent: { ...consent, isGiven: mayUseServer }, memory });
const local = showLocalSources(state);
const zones = new ZoneParts({ state, captureOf, stage: () => stage });
const measures = new StageMeasures({ captureOf, nowMs: pageTimers.nowMs, epochMs });
const findings = new Findings({
  timers: pageTimers,
  onView({ detections, counts }) {
    state.detections.value = detections;
    state.counts.value = counts;
  },
  onClear: () => zones.keeper.clearNow(),
  sendToPhone: (detections) => void room.selectedPhone?.sendDetections(detections),
});
const recording = new StageRecording({ state, captureOf, stage: () => stage });
const commands = new PageCommands({
  state,
  recording,
  command: (phone, command) => room.command(phone, command),
});
const rooms = knownRooms(() => localStorage);
const roomAnswer = Promise.withResolvers<boolean>();
const runs = new RunBook(storedRunMemory(() => localStorage, navigator.userAgent));
const create = detectorMakers({ streams: () => room.streams, captureOf, runs });
const modelParts = new ModelParts({ state, runs, create: create.local });
const stage: StageHost = new StageHost({
  state,
  room,
  measures,
  findings,
  zones: zones.keeper,
  create,
  mayUseServer,
  onServerWanted: () => modes.change({ kind: "auto-wants-server" }),
  onResult,
  onElement: (element) => commands.setStage(element),
});
const refresh = new PageRefresh({ state, room, modes, stage, measures, findings, recording });

const actions: ViewerActions = {
  attachStage: stage.attach,
  command: (phone, command) => room.command(phone, command),
  sendAway: (peer) => room.sendAway(peer),
  useCamera: () => void local.openCamera(state.config.peek()?.profile ?? "balanced"),
  useFile(file) {
    if (isModelFile(file)) modelParts.add(file);
    else void local.openFile(file);
  },
  stopLocal: () => local.stop(),
  perform: (shortcut) => commands.perform(shortcut),
  showSection: (section) => commands.showSection(section),
  closeDrawer: () => commands.closeDrawer(),
  toggleDashboard: () => commands.toggleDashboard(),
  saveRecorded: (kind) => recording.save(kind),
  chooseMode: (mode: Mode) => modes.change({ kind: "chosen", mode }),
  answerRoom: roomAnswer.resolve,
  answerConsent: (yes) => modes.answer(yes),
  answerRelay: (yes) => room.answerRelay(yes),
  inviteRelay: () => room.inviteRelay(),
  exportMetrics() {
    const conditions = conditionsOf(state.choices.peek(), state.model.peek());
    const source = sourceOf(state.selected.peek(), state.local.peek());
    const metrics = measures.document({ ...conditions, source, machine: machineFacts() });
    if (metrics !== null) downloadMetrics(metrics);
  },
  resetMetrics() {
    measures.reset();
    refresh.now();
  },
  resetCounts: () => findings.resetCounts(),
  requestCode: () => room.requestCode(),
  zones,
  models: modelParts,
  serverCameras,
};

function onResult(result: FrameResult): void {
  measures.addResult(result);
  recording.addResult(result);
  zones.keeper.addResult(result, state.model.peek());
  findings.add(result, state.model.peek()?.labels ?? []);
}

async function start(): Promise<void> {
  const config = await waitForConfig({
    read: readConfig,
    timers: pageTimers,
    onFailure(why) {
      state.problem.value =
        `Cannot reach the server (${why}). Trying again … Check that it is running.`;
    },
  });
  state.problem.value = null;
  state.config.value = config;
  const access = await openRoomKeys(location, config.joinOrigins, rooms);
  if (access === null) {
    state.problem.value = "This link is incomplete. Copy it again, or open Peerlens without it.";
    state.connection.value = { words: "Not connected", mood: "bad" };
    return;
  }
  if (access.origin === null) {
    state.isRoomAsked.value = true;
    // Without the link's settings too.
    if (!await roomAnswer.promise) return location.replace("/");
    state.isRoomAsked.value = false;
    rooms.set(access.roomId, "opened");
  }
  history.replaceState(null, "", access.pageUrl);
  state.links.value = access.links;
  if (access.origin === "made") serverCameras.wish(settings.camera);
  room.join(config, access);
  // What the address says comes before what this browser remembers.
  const wished = { ...memory.settings(), ...settings.detection };
  state.choices.value = startChoices(config, state.choices.peek(), wished);
  modes.set(startMode(startingMode(config, wished), consent.isGiven()));
  rememberChanges(state, memory);
  zones.start(settings.zones, access);
  effect(() => {
    if (state.selected.value !== null) modes.sourceChanged();
  });
  refresh.start();
  measures.ready();
}

writeWholeTexts();
const root = document.getElementById("app")!;
root.replaceChildren();
render(<App state={state} actions={actions} />, root);
start().catch((error) => {
  const why = error instanceof Error ? error.message : String(error);
  state.problem.value = `This page could not start (${why}). Reload it.`;
});
