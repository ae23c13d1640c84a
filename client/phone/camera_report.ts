import type { CameraState, Profile } from "@/protocol";
import type { CameraView } from "../media/camera.ts";

/** What the viewers are told of this phone's camera. Pure. */
export function cameraReport(
  view: CameraView,
  page: { readonly profile: Profile; readonly isHidden: boolean },
): CameraState {
  const base = { type: "camera-state", profile: page.profile } as const;
  if (view.kind !== "live") {
    return {
      ...base,
      status: statusOf(view),
      facing: null,
      canSwitch: false,
      torch: null,
      zoom: null,
      widthPx: null,
      heightPx: null,
      fps: null,
    };
  }
  const { facing, torch, zoom, widthPx, heightPx, fps } = view.abilities;
  return {
    ...base,
    status: page.isHidden ? "hidden" : statusOf(view),
    facing,
    canSwitch: view.canSwitch,
    torch,
    zoom,
    widthPx,
    heightPx,
    fps,
  };
}

/** What a camera does, by itself. A camera that never started was not lost. */
export function statusOf(view: StatusFacts): Exclude<CameraState["status"], "hidden"> {
  if (view.kind === "failed") return view.problem === "lost" ? "lost" : "stopped";
  if (view.kind !== "live") return "stopped";
  return view.isPaused ? "paused" : view.isMuted ? "suspended" : "live";
}

/** What of a {@linkcode CameraView} says it. */
type StatusFacts =
  | { readonly kind: "off" | "starting" }
  | Extract<CameraView, { kind: "failed" }>
  | Pick<Extract<CameraView, { kind: "live" }>, "kind" | "isPaused" | "isMuted">;
