import type { Profile } from "@/protocol";
import { profileConstraints } from "../media/camera_constraints.ts";
import { type CameraProblem, problemOf } from "../media/camera_problem.ts";
import { COMPUTER_CAMERA_ID, type LocalSource, LocalSourceError } from "./local_source.ts";

/** Why this computer's camera gives no picture, as the page says it. */
export const CAMERA_SENTENCES: Readonly<Record<CameraProblem, string>> = {
  insecure: "The browser gives cameras only to secure pages: open the page over https, or as " +
    "http://localhost.",
  unsupported: "This browser has no access to cameras.",
  denied: "The camera is blocked. Allow it in the browser's settings for this page.",
  "no-camera": "This computer has no camera.",
  busy: "Another program is using the camera, or it did not start.",
  overconstrained: "No camera on this computer fits.",
  lost: "This computer's camera has stopped.",
  unknown: "This computer's camera did not start.",
};

/**
 * Takes a camera of this computer.
 * @param devices `undefined` where the page is not secure.
 * @throws {LocalSourceError} If there is none, or the person says no.
 */
export async function openComputerCamera(
  devices: Pick<MediaDevices, "getUserMedia"> | undefined,
  profile: Profile,
): Promise<LocalSource> {
  if (devices === undefined) throw new LocalSourceError(CAMERA_SENTENCES.insecure);
  try {
    const video = profileConstraints(profile);
    const stream = await devices.getUserMedia({ audio: false, video });
    const track = stream.getVideoTracks()[0]!;
    return { id: COMPUTER_CAMERA_ID, name: "This computer", track, stop: () => track.stop() };
  } catch (error) {
    throw new LocalSourceError(CAMERA_SENTENCES[problemOf(error)], { cause: error });
  }
}
