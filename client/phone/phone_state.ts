import { computed, signal } from "@preact/signals";
import type { CameraView } from "../media/camera.ts";
import type { CameraProblem } from "../media/camera_problem.ts";
import { CAMERA_WORDS, STILL_WORDS } from "../media/source_words.ts";
import { statusOf } from "./camera_report.ts";
import { NO_DETECTIONS, type ShownDetections } from "./fresh_detections.ts";
import type { PhoneRelayState } from "../relay/phone_relay.ts";
import type { PhoneConnection, PhonePrivacy } from "./phone_connection.ts";

/** What fills the page. */
export type Screen =
  /** Opened without a whole link. */
  | { readonly kind: "no-link" }
  /** Nothing can be sent from here. */
  | { readonly kind: "impossible"; readonly problem: CameraProblem }
  /** Waits for the tap that the browser wants before it asks for the camera. */
  | { readonly kind: "start" }
  | { readonly kind: "starting" }
  | { readonly kind: "failed"; readonly problem: CameraProblem }
  | { readonly kind: "live"; readonly camera: Extract<CameraView, { kind: "live" }> }
  /** The person ended it. */
  | { readonly kind: "stopped" };

/** Everything that the phone page shows. */
export function createPhoneState() {
  const connection = signal<PhoneConnection>({ kind: "joining" });
  const privacy = signal<PhonePrivacy | null>(null);
  const relay = signal<PhoneRelayState>({ kind: "off" });
  const screen = signal<Screen>({ kind: "start" });
  const showsDetections = signal(true);
  const shown = signal<ShownDetections>(NO_DETECTIONS);
  /** The camera is on and has given no frame for a while. */
  const isStill = signal(false);
  const noPicture = computed(() => noPictureWords(screen.value, isStill.value));
  const title = computed(() => pageTitle(screen.value, connection.value));
  return { connection, privacy, relay, screen, isStill, noPicture, showsDetections, shown, title };
}

/** See {@linkcode createPhoneState}. */
export type PhoneState = ReturnType<typeof createPhoneState>;

/** Why no picture goes out; `null`: it does. */
export function noPictureWords(screen: Screen, isStill: boolean): string | null {
  if (screen.kind === "failed") return CAMERA_WORDS[statusOf(screen)];
  if (screen.kind !== "live") return CAMERA_WORDS.stopped;
  return CAMERA_WORDS[statusOf(screen.camera)] ?? (isStill ? STILL_WORDS : null);
}

/** The title of the tab: the state first, since a phone shows only its beginning. */
export function pageTitle(screen: Screen, connection: PhoneConnection): string {
  return `${titleWord(screen, connection)} – Peerlens`;
}

function titleWord(screen: Screen, connection: PhoneConnection): string {
  if (connection.kind === "refused" && connection.isFinal) return "Not connected";
  switch (screen.kind) {
    case "no-link":
      return "Link not complete";
    case "impossible":
    case "failed":
      return "No camera";
    case "start":
      return "Start camera";
    case "starting":
      return "Starting";
    case "stopped":
      return "Stopped";
    case "live":
      if (screen.camera.isPaused) return "Paused";
      if (screen.camera.isMuted) return "Suspended";
      return connection.kind === "live" || connection.kind === "live-without-server" ||
          connection.kind === "relayed"
        ? "Live"
        : "Connecting";
  }
}

/**
 * The screen that a camera's state calls for after `before`.
 * @param isStopped By the person, after it ran.
 */
export function screenOf(
  view: CameraView,
  { before, isStopped }: { before: Screen; isStopped: boolean },
): Screen {
  switch (view.kind) {
    case "off":
      return { kind: isStopped ? "stopped" : "start" };
    case "starting":
      // Between two cameras the page stays: nothing flashes, and the focus stays on its button.
      return before.kind === "live" ? before : { kind: "starting" };
    case "failed":
      return { kind: "failed", problem: view.problem };
    case "live":
      return { kind: "live", camera: view };
  }
}
