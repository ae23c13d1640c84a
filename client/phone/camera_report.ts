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
      status: view.kind === "failed" ? "lost" : "stopped",
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
    status: page.isHidden ? "hidden" : view.isPaused ? "paused" : view.isMuted ? "lost" : "live",
    facing,
    canSwitch: view.canSwitch,
    torch,
    zoom,
    widthPx,
    heightPx,
    fps,
  };
}
