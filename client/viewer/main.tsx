import "../ui/theme.css";
import "./viewer.css";
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { type ClientConfig, parseClientConfig, type PeerId } from "@/protocol";
import type { PhoneLink } from "../rtc/phone_link.ts";
import { CodeError } from "../rtc/room_session.ts";
import { openViewerRoom, type ViewerRoom } from "../rtc/viewer_room.ts";
import { connectSignal } from "../signaling/connect_signal.ts";
import { App, type ViewerActions } from "./app.tsx";
import { DetectionStage } from "./detection_stage.ts";
import { describePhones, keepSelection, startChoices } from "./view_model.ts";
import { openRoomKeys, type RoomAccess } from "./room_access.ts";
import { createViewerState } from "./viewer_state.ts";
import { codeWords, signalWords } from "./viewer_words.ts";

// ENTRY of the viewer page.

/** Figures and words are renewed this often: readable, and no load. */
const REFRESH_MS = 500;

const state = createViewerState(new URLSearchParams(location.search).get("clean") === "1");
const mode = computed(() => state.choices.value.mode);
let room: ViewerRoom | null = null;
let stage: DetectionStage | null = null;

const actions: ViewerActions = {
  attachStage({ video, canvas }) {
    stage = new DetectionStage({
      video,
      canvas,
      isClean: state.isClean,
      onDetector: (detector) => state.detector.value = detector,
      onResult: ({ detections }) => state.detections.value = detections,
    });
    const stopTrack = effect(() => stage?.setTrack(state.selected.value?.track ?? null));
    const stopChoices = effect(() => stage?.setChoices(state.choices.value, state.model.value));
    return () => {
      stopTrack();
      stopChoices();
      stage?.close();
      stage = null;
    };
  },
  command: (phone, command) => linkOf(phone)?.sendCommand(command),
  async requestCode() {
    try {
      if (room === null) throw new CodeError("lost");
      return await room.requestCode();
    } catch (error) {
      throw new Error(codeWords(error), { cause: error });
    }
  },
};

function linkOf(phone: PeerId): PhoneLink | undefined {
  return room?.links.find(({ peer }) => peer.id === phone);
}

function refresh(): void {
  if (room === null) return;
  state.phones.value = describePhones(room.links, state.phones.peek(), performance.now());
  state.selectedId.value = keepSelection(state.selectedId.peek(), state.phones.peek());
  const connected = room.links.filter((link) => link.connectionState.kind === "connected");
  state.connection.value = signalWords(room.state, connected.length);
  state.figures.value = stage?.figures() ?? state.figures.peek();
}

function join(config: ClientConfig, access: RoomAccess): void {
  const { roomId, role, token, create, links } = access;
  state.links.value = links;
  room = openViewerRoom({
    connect: connectSignal,
    origin: location.origin,
    roomId,
    role,
    token,
    ...(create === null ? {} : { create }),
    iceServers: config.iceServers,
    onState: refresh,
    onPhone({ kind, link }) {
      if (kind === "added") sendPrivacy(link);
      refresh();
    },
  });
}

function sendPrivacy(link: PhoneLink): void {
  const frames = mode.value === "off" ? "off" : "local";
  link.sendPrivacy({ type: "privacy-state", frames });
}

async function start(): Promise<void> {
  const response = await fetch("/api/config");
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const config = parseClientConfig(await response.json());
  state.config.value = config;
  state.choices.value = startChoices(config, state.choices.peek());
  const access = await openRoomKeys(location, config.joinOrigins);
  if (access === null) {
    state.problem.value = "This link is not whole. Copy it again, or open the page without it.";
    return;
  }
  history.replaceState(null, "", access.pageUrl);
  join(config, access);
  setInterval(refresh, REFRESH_MS);
  effect(() => {
    void mode.value;
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
