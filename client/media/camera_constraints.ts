import { CAMERA_PROFILES, type CameraState, type Profile } from "@/protocol";

/** Which way a camera looks; `null` where the browser does not say. */
export type Facing = CameraState["facing"];

/** Which of the device's cameras is meant. */
export type CameraChoice =
  /** The one on the back if there is one: the usual wish. */
  | { readonly kind: "rear" }
  /** Exactly this side. */
  | { readonly kind: "facing"; readonly facing: "user" | "environment" }
  /** Exactly this one. */
  | { readonly kind: "device"; readonly deviceId: string };

/** The camera in use now. */
export interface CurrentCamera {
  readonly facing: Facing;
  readonly deviceId: string | null;
}

/**
 * Constraints to try one after the other while the browser calls them over-constrained; the last
 * takes any camera. Sizes are wishes (`ideal`): a camera without that mode gives its nearest one.
 */
export function constraintLadder(choice: CameraChoice, profile: Profile): MediaTrackConstraints[] {
  const chosen = chosenCamera(choice);
  const full = { ...chosen, ...profileConstraints(profile) };
  return choice.kind === "rear" ? [full, chosen, {}] : [full, chosen];
}

/** What a profile asks of a camera that is chosen already. */
export function profileConstraints(profile: Profile): MediaTrackConstraints {
  const { widthPx, heightPx, fps } = CAMERA_PROFILES[profile];
  return { width: { ideal: widthPx }, height: { ideal: heightPx }, frameRate: { ideal: fps } };
}

/**
 * The cameras to try on "switch camera", the likeliest first; empty where there is only one. By
 * side where the browser names it, since phones list several lenses of each side; else round robin.
 */
export function switchTargets(
  current: CurrentCamera,
  deviceIds: readonly string[],
): CameraChoice[] {
  const targets: CameraChoice[] = [];
  if (deviceIds.length < 2) return targets;
  if (current.facing === "user") targets.push({ kind: "facing", facing: "environment" });
  if (current.facing === "environment") targets.push({ kind: "facing", facing: "user" });
  const at = deviceIds.indexOf(current.deviceId ?? "");
  for (let step = 1; step < deviceIds.length + (at < 0 ? 1 : 0); step++) {
    const deviceId = deviceIds[(at + step) % deviceIds.length]!;
    // Browsers leave ids empty until a camera has been allowed.
    if (deviceId !== "") targets.push({ kind: "device", deviceId });
  }
  return targets;
}

function chosenCamera(choice: CameraChoice): MediaTrackConstraints {
  switch (choice.kind) {
    case "rear":
      return { facingMode: { ideal: "environment" } };
    case "facing":
      return { facingMode: { exact: choice.facing } };
    case "device":
      return { deviceId: { exact: choice.deviceId } };
  }
}
