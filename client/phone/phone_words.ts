import { assertNever, type PrivacyState, type SignalErrorCode } from "@/protocol";
import type { CameraProblem } from "../media/camera_problem.ts";
import { CAMERA_WORDS } from "../media/source_words.ts";
import type { BrowserFamily } from "./browser_family.ts";
import type { PhoneConnection, PhonePrivacy } from "./phone_connection.ts";

/** What went wrong with the camera, and what to do. */
export function problemText(problem: CameraProblem, family: BrowserFamily): string {
  switch (problem) {
    case "insecure":
      return "Browsers allow the camera on secure pages only. Open the link in the QR code " +
        "unchanged: it starts with https://. If the browser warns about the certificate, " +
        "continue anyway. Peerlens made that certificate on your own computer.";
    case "unsupported":
      return "This browser cannot send video. Open the link in Chrome on Android or in Safari on " +
        "an iPhone, not inside another app.";
    case "denied":
      return deniedText(family);
    case "no-camera":
      return "The browser found no camera on this device. Connect one, or open the link " +
        "on a phone.";
    case "busy":
      return "The camera is in use or did not start. Close other apps that use it, then try again.";
    case "overconstrained":
      return "No camera on this device fits what Peerlens asks for. Open the link on another device.";
    case "lost":
      return `${CAMERA_WORDS.lost} A call or another app may have taken it. Try again.`;
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
  /** Why no picture goes out; `null`: it does. */
  readonly noPicture: string | null;
  /** The sentence of each refusal. */
  error(code: SignalErrorCode): string;
}

/** The connection in words. */
export function connectionText(
  connection: PhoneConnection,
  { noPicture, error }: ConnectionContext,
): string {
  switch (connection.kind) {
    case "joining":
      return "Connecting to the server …";
    case "server-away":
      return "The server is unreachable. Trying again …";
    case "refused":
      return error(connection.code);
    case "ready":
      return "The computer is ready.";
    case "no-viewer":
      return "Connected. Waiting for the page on the computer …";
    case "connecting":
      return "Connecting to the computer …";
    case "slow":
      return "Still connecting. Both devices must be on the same network. Guest networks often " +
        "keep devices apart.";
    case "no-webrtc":
      return connection.where === "here"
        ? "This browser has no WebRTC, so pictures can only go through the server. The page on " +
          "the computer asks for that, or says what stands in the way."
        : "The browser on the computer has no WebRTC, so pictures can only go through the " +
          "server. The page there asks for that, or says what stands in the way.";
    case "live":
      if (noPicture !== null) return `Connected. ${noPicture}`;
      return connection.viewers === 1
        ? "Live on the computer."
        : `Live for ${connection.viewers} viewers.`;
    case "relayed":
      if (noPicture !== null) return `Connected through the server. ${noPicture}`;
      return "Live through the server. There is no direct connection to the computer.";
    case "live-without-server":
      if (noPicture !== null) return `Connected. ${noPicture} The server is unreachable.`;
      return "Live. The server is unreachable, but the video continues without it.";
    case "recovering":
      return "The connection was lost. Reconnecting …";
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
    `Pictures go through the Peerlens server at ${host}. It passes them on and keeps none.`,
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
      return "Frames go to viewers of this room only. If they go any further, this line will say so.";
    case "local":
      return many
        ? `Frames go from this phone to the ${viewers} viewers and no further.`
        : "Frames stay between the two devices only.";
    case "server":
      return "Frames also go to the Peerlens server, which looks for objects in them.";
    case "off":
      return many
        ? `Frames go to the ${viewers} viewers, which only show them.`
        : "Frames go to the other device, which only shows them.";
    default:
      return assertNever(frames);
  }
}
