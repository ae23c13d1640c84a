/** Why there is no picture, as far as a person can do something about it. */
export type CameraProblem =
  /** The page is not served securely, so the browser hides the camera. */
  | "insecure"
  /** The browser cannot do what the page needs. */
  | "unsupported"
  /** The person, or the system's settings, said no. */
  | "denied"
  /** The device has no camera. */
  | "no-camera"
  /** Another app holds it, or it failed to start. */
  | "busy"
  /** No camera can do what was asked. */
  | "overconstrained"
  /** It worked and then ended, and does not come back by itself. */
  | "lost"
  | "unknown";

/** What a browser offers, read once. */
export interface CameraSupport {
  readonly isSecureContext: boolean;
  readonly hasGetUserMedia: boolean;
}

/** What stands against starting at all; `null`: nothing. */
export function supportProblem(support: CameraSupport): CameraProblem | null {
  // First: without a secure context browsers hide `mediaDevices`, which would look unsupported.
  if (!support.isSecureContext) return "insecure";
  return support.hasGetUserMedia ? null : "unsupported";
}

/**
 * What an error of `getUserMedia` means.
 * Source: Media Capture and Streams, section 10.2.1; the `…Error` names without a standard are
 * those of older Chromium and Firefox.
 */
export function problemOf(error: unknown): CameraProblem {
  switch ((error as { name?: unknown } | null)?.name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
      return "no-camera";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError":
      return "overconstrained";
    default:
      return "unknown";
  }
}
