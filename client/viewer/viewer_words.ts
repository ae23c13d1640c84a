import { assertNever, type CameraState, type RelayEndCause, type ServerCamera } from "@/protocol";
import { CAMERA_WORDS, STILL_WORDS } from "../media/source_words.ts";
import type { ConnectionState } from "../rtc/remote_peer.ts";
import { CodeError } from "../rtc/room_session.ts";
import { errorText } from "../rooms/error_text.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { Mood } from "./viewer_state.ts";

/** A state as the page shows it. */
export interface Words {
  readonly words: string;
  readonly mood: Mood;
}

/** A phone whose pictures come through the server. */
const RELAYED_WORDS: Words = { words: "Connected through the server", mood: "good" };

/** What is shown of this computer. */
export const LOCAL_WORDS: Words = { words: "Shown from this computer", mood: "good" };

/** What is connected, whatever the server does. */
export interface Connected {
  readonly phones: number;
  /** Those of them whose pictures come through the server. */
  readonly relayed: number;
  /** What else is shown: of this computer, and cameras of the server; `null`: nothing. */
  readonly local: string | null;
  /** Why none of it gives a picture; `null`: something does. */
  readonly noPicture: string | null;
}

/** The connection to the server, in words. */
export function signalWords(state: ServerLinkState, connected: Connected): Words {
  const { phones, local } = connected;
  switch (state.kind) {
    case "connecting":
      return { words: "Connecting to the server …", mood: "wait" };
    case "joined":
      return phones > 0 || local !== null
        ? withPicture({ words: shownWords(connected), mood: "good" }, connected.noPicture)
        : { words: "Waiting for a phone", mood: "wait" };
    case "waiting": {
      if (state.cause !== "lost" && state.cause !== "server-closing") {
        return { words: errorText(state.cause), mood: "wait" };
      }
      const rest = phones === 0 && local === null ? "" : " Video and detection go on.";
      return { words: `The server is unreachable. Reconnecting …${rest}`, mood: "wait" };
    }
    case "refused":
      return { words: errorText(state.code), mood: "bad" };
    case "closed":
      return { words: "Closed", mood: "bad" };
    default:
      return assertNever(state);
  }
}

function withPicture(state: Words, noPicture: string | null): Words {
  return noPicture === null ? state : { words: `${state.words}. ${noPicture}`, mood: "wait" };
}

/** The phones first: they are what the page is for. */
function shownWords({ phones, relayed, local }: Connected): string {
  const all = phones === 1 ? "1 phone connected" : `${phones} phones connected`;
  const some = relayed === phones ? "" : `, ${relayed} of them`;
  const counted = relayed === 0 ? all : `${all}${some} through the server`;
  if (local === null) return counted;
  return phones === 0 ? `Showing ${local}` : `${counted}; also ${local}`;
}

/** The connection to one phone, in words; `nowMs` on the clock of the state. */
export function phoneWords(
  state: ConnectionState,
  nowMs: number,
  facts: PhoneFacts,
): Words {
  const { hasTurn, relayEnd, isRelayed, cameraState, isStill } = facts;
  if (facts.isServerCamera) return serverCameraWords(state, nowMs, facts);
  if (isRelayed) return pictureWords(cameraState, isStill) ?? RELAYED_WORDS;
  if (relayEnd !== null && state.kind !== "connected") {
    return { words: RELAY_ENDS[relayEnd], mood: "bad" };
  }
  switch (state.kind) {
    case "waiting":
      return { words: "The phone has joined. Its camera is still off.", mood: "wait" };
    case "connecting":
      return nowMs - state.sinceMs < SLOW_MS && state.tries === 0
        ? { words: "Connecting to the phone …", mood: "wait" }
        : { words: hasTurn ? NO_PATH_EVEN_OVER_TURN : NO_PATH, mood: "bad" };
    case "impossible":
      return pictureWords(cameraState, false) ?? noWebRtcWords(state.where, facts);
    case "connected":
      return pictureWords(cameraState, isStill) ?? { words: "Connected", mood: "good" };
    case "recovering":
    case "closed":
      return { words: "Lost the connection to the phone. Reconnecting …", mood: "wait" };
    default:
      return assertNever(state);
  }
}

/** The same of a camera of the server. */
function serverCameraWords(
  state: ConnectionState,
  nowMs: number,
  { camera, takesH264, hasTurn, cameraState, isStill }: PhoneFacts,
): Words {
  if (!takesH264) return { words: NO_H264_FOR_CAMERA, mood: "bad" };
  if (camera !== null && camera.problem !== null) {
    return { words: camera.problem, mood: camera.status === "unavailable" ? "bad" : "wait" };
  }
  switch (state.kind) {
    case "waiting":
      return { words: "Waiting for the server's camera …", mood: "wait" };
    case "connecting":
      return nowMs - state.sinceMs < SLOW_MS && state.tries === 0
        ? { words: "Connecting to the server's camera …", mood: "wait" }
        : { words: hasTurn ? NO_PATH_TO_CAMERA_OVER_TURN : NO_PATH_TO_CAMERA, mood: "bad" };
    case "impossible":
      return { words: NO_WEBRTC_FOR_CAMERA, mood: "bad" };
    case "connected":
      return pictureWords(cameraState, isStill) ?? { words: "Connected", mood: "good" };
    case "recovering":
    case "closed":
      return { words: "Lost the connection to the server's camera. Reconnecting …", mood: "wait" };
    default:
      return assertNever(state);
  }
}

/** What of a phone its words follow from, but for its connection. */
export interface PhoneFacts {
  /** It is a camera of the server. */
  readonly isServerCamera: boolean;
  /** The same as the server says it is; `null`: it says nothing of it to this page. */
  readonly camera: Pick<ServerCamera, "status" | "problem"> | null;
  /** This browser decodes what it sends. */
  readonly takesH264: boolean;
  readonly hasTurn: boolean;
  readonly relayEnd: RelayEndCause | null;
  /** Its pictures come through the server. */
  readonly isRelayed: boolean;
  /** The server passes pictures on, where it is asked to. */
  readonly isRelayOffered: boolean;
  readonly cameraState: Pick<CameraState, "status"> | null;
  /** It is connected, and no frame has come for a while. */
  readonly isStill: boolean;
}

function noWebRtcWords(where: "here" | "there", { isRelayOffered }: PhoneFacts): Words {
  const browser = where === "here" ? "This browser" : "The phone's browser";
  const way = "so pictures can only come through the server";
  return isRelayOffered ? { words: `${browser} has no WebRTC, ${way}.`, mood: "wait" } : {
    words: `${browser} has no WebRTC, ${way}, where that is turned off (--relay).`,
    mood: "bad",
  };
}

/** Why a source gives no picture; `null`: it does. */
export function pictureWords(
  camera: Pick<CameraState, "status"> | null,
  isStill: boolean,
): Words | null {
  const words = (camera && CAMERA_WORDS[camera.status]) ?? (isStill ? STILL_WORDS : null);
  return words === null ? null : { words, mood: "wait" };
}

/** Why there is no short code, in words. */
export function codeWords(error: unknown): string {
  const code = error instanceof CodeError ? error.code : "lost";
  if (code !== "lost") return errorText(code);
  return "The server is unreachable. Try again in a moment.";
}

const NO_PATH = "Cannot reach the phone yet. Put both devices on the same network, and not on " +
  "guest Wi-Fi, which often keeps devices apart. A TURN server also helps (--turn-url); viewers on " +
  "other computers can use it after they enter this server's password.";

const NO_PATH_EVEN_OVER_TURN = "Cannot reach the phone yet, not even over the TURN server. " +
  "Check that it runs, that both devices can reach it, and that it has the same secret as this server.";

const NO_PATH_TO_CAMERA =
  "Cannot reach the server's camera. Its video needs UDP between this browser " +
  "and the server, which a tunnel does not carry. A TURN server helps (--turn-url).";

const NO_PATH_TO_CAMERA_OVER_TURN =
  "Cannot reach the server's camera, not even over the TURN server. " +
  "Check that it runs and that this browser and the server can reach it.";

const NO_WEBRTC_FOR_CAMERA = "This browser has no WebRTC, so it cannot show cameras of the server.";

const NO_H264_FOR_CAMERA =
  "This browser cannot decode H.264, so it cannot show cameras of the server. Firefox gets it with its " +
  "OpenH264 plugin (about:addons, Plugins).";

/** Why a phone without a path is not shown through the server either. The page keeps trying. */
const RELAY_ENDS: Readonly<Record<RelayEndCause, string>> = {
  closed: "The phone is no longer shown through the server.",
  refused:
    "There is no direct connection to the phone, and the person holding it declined to send " +
    "pictures through the server.",
  failed:
    "There is no direct connection to the phone, and its browser cannot make pictures to send " +
    "through the server. The page there says why.",
  gone: "Cannot reach the phone, either directly or through the server.",
  "too-many": "There is no direct connection to the phone, and the server is already relaying as " +
    "many phones as it can. This page keeps trying.",
  unavailable:
    "There is no direct connection to the phone, and relaying is turned off on the server.",
};

/** On a working network the first picture comes well within this time. */
const SLOW_MS = 8_000;
