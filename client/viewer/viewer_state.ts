import { computed, signal } from "@preact/signals";
import type { CameraName, CameraState, ClientConfig, PeerId, ServedModel } from "@/protocol";
import type { Detection } from "@/vision";
import { MetricsHistory } from "../dashboard/history.ts";
import type { DashboardView } from "../dashboard/history_recorder.ts";
import type { RecordingView } from "../record/recording.ts";
import type { RelayedFrames } from "../inference/detector.ts";
import type { RelayQuestion } from "../relay/viewer_relay.ts";
import type { FrameFeeds } from "../rtc/relay.ts";
import type { DrawerView } from "../ui/drawer.tsx";
import { USUAL_CHOICES } from "../detection/detection_settings.ts";
import type { LiveFigures } from "../metrics/live_meter.ts";
import { createZonesState } from "../zones/zones_state.ts";
import type { ModeState } from "../detection/mode_choice.ts";
import { createModelsState } from "../models/models_state.ts";
import type { RunView } from "../detection/mode_runner.ts";
import { createServerCamerasState } from "./server_cameras_state.ts";
import type { PageSettings } from "./page_settings.ts";
import type { ClassCount } from "../detection/track_counts.ts";

/** One phone as the page shows it. */
export interface PhoneView {
  readonly id: PeerId;
  readonly name: string;
  /** Its connection in words. */
  readonly words: string;
  readonly mood: Mood;
  /** One of the two browsers has no WebRTC. */
  readonly hasNoPath: boolean;
  readonly camera: CameraState | null;
  readonly track: MediaStreamTrack | null;
  /** Its frames, each with its own identity, where they come through the server; else `null`. */
  readonly frames: FrameFeeds | null;
  /** The same as the server has them itself, where they are of a camera of its own; else `null`. */
  readonly atServer: RelayedFrames | null;
  /** The camera of the server that it is; `null`: a phone, or of this computer. */
  readonly serverCamera: CameraName | null;
}

/** Colour of a state: works, may come to work by itself, needs a person. */
export type Mood = "good" | "wait" | "bad";

/** A link for phones, by one of the server's addresses. */
export interface JoinLink {
  readonly label: string;
  readonly url: string;
  /** It works from every network. */
  readonly isTunnel: boolean;
}

/** Links of this room, as far as this viewer may hand them out. */
export interface RoomLinks {
  readonly join: readonly JoinLink[];
  readonly view: string;
}

/** What can be exported now. */
export interface Recorded {
  /** `null` before the first frame. */
  readonly recordedMs: number | null;
  readonly sampleCount: number;
}

const NO_FIGURES: LiveFigures = {
  cameraFps: null,
  processedFps: null,
  latencyMs: null,
  videoDelayMs: null,
  captureClock: null,
  clockErrorMs: null,
  delayMs: null,
  inferenceMs: null,
  boxAgeMs: null,
  roundTripMs: null,
  networkMs: null,
  serverMs: null,
};

const NOT_RUNNING: RunView = {
  side: null,
  detector: null,
  auto: null,
  load: { level: "full", reason: null },
  pace: { fps: null, runShares: { now: null, everyFrame: null } },
  inputPx: null,
};

/** Everything that the viewer page shows. */
export function createViewerState({ isClean, predict }: PageSettings) {
  const config = signal<ClientConfig | null>(null);
  const phones = signal<readonly PhoneView[]>([]);
  const local = signal<PhoneView | null>(null);
  const selectedId = signal<PeerId | null>(null);
  const choices = signal(USUAL_CHOICES);
  const sources = computed(() =>
    local.value === null ? phones.value : [...phones.value, local.value]
  );
  const selected = computed(() =>
    sources.value.find(({ id }) => id === selectedId.value) ?? sources.value[0] ?? null
  );
  const model = computed<ServedModel | null>(() =>
    config.value?.models.find(({ id }) => id === choices.value.modelId) ?? null
  );
  return {
    isClean,
    predict,
    config,
    phones,
    /** This computer's own camera or a file, shown like a phone; `null` for none. */
    local,
    /** The phones and what is shown like one. */
    sources,
    selectedId,
    choices,
    selected,
    model,
    /** `null` for a view-only viewer, which may invite nobody. */
    links: signal<RoomLinks | null>(null),
    connection: signal<{ words: string; mood: Mood }>({ words: "Connecting …", mood: "wait" }),
    /** A sentence that stops everything; `null` while all is well. */
    problem: signal<string | null>(null),
    /** Why this computer's camera or a file cannot be shown; `null` while all is well. */
    localProblem: signal<string | null>(null),
    /** Why boxes cannot be shown; `null` while they can. */
    displayProblem: signal<string | null>(null),
    recording: signal<RecordingView>({ kind: "idle" }),
    /** Why no picture or recording was saved; `null` while all is well. */
    recordingProblem: signal<string | null>(null),
    /** Whether snapshots and recordings have the boxes in the picture. */
    hasBoxes: signal(true),
    /** The keys' help is shown. */
    isHelpOpen: signal(false),
    /** What can be set. */
    drawer: signal<DrawerView>({ isOpen: false, section: null }),
    isDashboardOpen: signal(false),
    /** Another source is to be added. */
    isAdding: signal(false),
    /** What to do where nothing is found; `null`: something is, or was. */
    hint: signal<string | null>(null),
    /** The view-only viewers of the room, where this page owns it. */
    viewers: signal<readonly PeerId[]>([]),
    serverCameras: createServerCamerasState(),
    /** What of the mode is in force, and what is asked. */
    mode: signal<ModeState>({ mode: "off", question: null, pending: null, isAutoKept: false }),
    /** Whether the room is to be opened, which others led this browser to, is to be asked. */
    isRoomAsked: signal(false),
    /** Whether pictures may come through the server, where that is to be asked. */
    relay: signal<RelayQuestion>("none"),
    run: signal<RunView>(NOT_RUNNING),
    detections: signal<readonly Detection[]>([]),
    figures: signal<LiveFigures>(NO_FIGURES),
    counts: signal<readonly ClassCount[]>([]),
    zones: createZonesState(),
    models: createModelsState(),
    recorded: signal<Recorded>({ recordedMs: null, sampleCount: 0 }),
    /** As it was when the page was last seen. */
    dashboard: signal<DashboardView>({ history: new MetricsHistory(), captureClock: null }),
  };
}

/** See {@linkcode createViewerState}. */
export type ViewerState = ReturnType<typeof createViewerState>;
