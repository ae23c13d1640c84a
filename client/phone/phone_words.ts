import { assertNever, type PrivacyState, type SignalErrorCode } from "@/protocol";
import type { CameraProblem } from "../media/camera_problem.ts";
import type { BrowserFamily } from "./browser_family.ts";
import type { PhoneConnection, PhonePrivacy } from "./phone_connection.ts";

/** What went wrong with the camera, and what to do. */
export function problemText(problem: CameraProblem, family: BrowserFamily): string {
  switch (problem) {
    case "insecure":
      return "Browsers give the camera to secure pages only. Open the link of the QR code as it " +
        "is: it begins with https://. If the browser warns of the certificate, choose to " +
        "continue; Peerlens made it on your own computer.";
    case "unsupported":
      return "This browser cannot send video. Open the link in Chrome on Android or in Safari on " +
        "an iPhone, not inside another app.";
    case "denied":
      return deniedText(family);
    case "no-camera":
      return "This device has no camera that the browser can use. Connect one, or open the link " +
        "on a phone.";
    case "busy":
      return "The camera is in use or did not start. Close other apps that use it, then try again.";
    case "overconstrained":
      return "No camera of this device fits. Choose another quality, then try again.";
    case "lost":
      return "The camera was taken away, for instance by a call or another app. Try again.";
    case "unknown":
      return "The camera did not start. Reload this page and try again.";
    default:
      return assertNever(problem);
  }
}

function deniedText(family: BrowserFamily): string {
  switch (family) {
    case "safari":
      return "The camera is not allowed. Tap the page menu in the address bar, choose Website " +
        "Settings, set Camera to Allow, then try again.";
    case "chromium":
      return "The camera is not allowed. Tap the icon left of the address, choose Permissions, " +
        "allow Camera, then try again. If it is not listed, allow the camera for the browser in " +
        "the phone's settings.";
    case "other":
      return "The camera is not allowed. Allow it for this page in the browser's site settings, " +
        "then try again.";
    default:
      return assertNever(family);
  }
}

/** What the connection is told with besides its state. */
export interface ConnectionContext {
  readonly isPaused: boolean;
  /** The sentence of each refusal. */
  error(code: SignalErrorCode): string;
}

/** The connection in words. */
export function connectionText(
  connection: PhoneConnection,
  { isPaused, error }: ConnectionContext,
): string {
  switch (connection.kind) {
    case "joining":
      return "Connecting to the server …";
    case "server-away":
      return "The server cannot be reached. Trying again by itself …";
    case "refused":
      return error(connection.code);
    case "ready":
      return "The computer is ready.";
    case "no-viewer":
      return "Connected. Waiting for the page on the computer …";
    case "connecting":
      return "Connecting to the computer …";
    case "slow":
      return "Still connecting. Both devices have to be in the same network, and it must let them " +
        "talk to each other: guest networks often do not.";
    case "live":
      if (isPaused) return "Connected. The camera is paused.";
      return connection.viewers === 1
        ? "Live on the computer."
        : `Live for ${connection.viewers} viewers.`;
    case "relayed":
      if (isPaused) return "Connected through the server. The camera is paused.";
      return "Live through the server: there is no direct way to the computer.";
    case "live-without-server":
      if (isPaused) return "Connected. The camera is paused; the server is away.";
      return "Live. The server is away; the video goes on without it.";
    case "recovering":
      return "The connection broke off. Connecting again …";
    default:
      return assertNever(connection);
  }
}

/**
 * The same where pictures go through the server.
 * @param host Of the server, as the address bar shows it.
 */
export function relayedPrivacyText(privacy: PhonePrivacy | null, host: string): string {
  const { frames = null, eventsTo = null } = privacy ?? {};
  return [
    `Pictures go through the Peerlens server at ${host}, which passes them on and keeps none.`,
    ...(frames === "server" ? ["It also looks for objects in them."] : []),
    ...(eventsTo === null ? [] : [`A picture of each event in a zone goes on to ${eventsTo}.`]),
  ].join(" ");
}

/** Where this phone's frames go. `null`: no viewer has said anything yet. `viewers`: connected now. */
export function privacyText(privacy: PhonePrivacy | null, viewers: number): string {
  const { frames = null, eventsTo = null } = privacy ?? {};
  if (eventsTo === null) return framesText(frames, viewers);
  const picture =
    `a picture of each event in a zone also goes through the Peerlens server to ${eventsTo}`;
  if (frames === "local" && viewers <= 1) {
    return `Frames stay between the two devices, except that ${picture}.`;
  }
  return `${framesText(frames, viewers).replace(" and no further.", ".")} And ${picture}.`;
}

function framesText(frames: PrivacyState["frames"] | null, viewers: number): string {
  // A view-only viewer is on a device of its own, and the person has to know.
  const many = viewers > 1;
  switch (frames) {
    case null:
      return "Frames go to viewers of this room only. This line says so if they go any further.";
    case "local":
      return many
        ? `Frames go from this phone to the ${viewers} viewers and no further.`
        : "Frames stay between the two devices only.";
    case "server":
      return "Frames also go to the Peerlens server, which looks for objects in them.";
    case "off":
      return many
        ? `Frames go to the ${viewers} viewers, which show them and do not examine them.`
        : "Frames go to the other device, which shows them and does not examine them.";
    default:
      return assertNever(frames);
  }
}
