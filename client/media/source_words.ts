import type { CameraState } from "@/protocol";

/** Why a camera gives no picture, in the same words on its own page and on the others'; `null`: it does. */
export const CAMERA_WORDS: Readonly<Record<CameraState["status"], string | null>> = {
  live: null,
  paused: "The camera is paused.",
  hidden: "The phone's page is in the background.",
  suspended: "The phone has suspended the camera.",
  lost: "The camera stopped.",
  stopped: "The camera is off.",
};

/** Nothing says why, and yet nothing comes. */
export const STILL_WORDS = "No picture is coming.";
