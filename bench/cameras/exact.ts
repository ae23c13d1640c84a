import { type Alignment, alignmentOf } from "../overlay/alignment.ts";
import { openOverlayScene, watchPicture } from "../overlay/overlay_scene.ts";
import { round, roundOrNull } from "../result_file.ts";
import { openCameraScene } from "./camera_scene.ts";
import { jpegBytes, videoBytes } from "./watched_frames.ts";

/** What the exact view is judged in. */
export interface ExactPlan {
  readonly mode: "wasm" | "server";
  readonly fps: number;
  /** Shares of packets, in turn; only 0 where the viewer has no network of its own. */
  readonly losses: readonly number[];
  readonly ownNetwork: boolean;
  readonly seconds: number;
  /** Of the MJPEG stream that it is compared with. */
  readonly jpegQuality: number;
}

/**
 * The exact view of a camera of the server by the pixels of the screen, and what it takes; beside it how far
 * boxes of the live view are off.
 */
export async function measureExact(
  { mode, fps, losses, ownNetwork, seconds, jpegQuality }: ExactPlan,
) {
  await using scene = await openCameraScene({ mode, fps, ownNetwork });
  const { truth, network, viewer: { page } } = scene;
  const look = async () => alignmentOf(await watchPicture(page, seconds * 1000), truth);
  const exact = [];
  for (const loss of losses) {
    await network?.lose(0);
    await scene.show("synced");
    await network?.lose(loss);
    const [bytesBefore, beforeMs] = [await videoBytes(page), performance.now()];
    const { shown, unread, frames, boxedShare, toOwn, dashed } = await look();
    const bytes = await videoBytes(page) - bytesBefore;
    const bytesPerS = bytes / (performance.now() - beforeMs) * 1000;
    const mjpegBytesPerS = await jpegBytes(page, jpegQuality) * fps;
    exact.push({
      mode,
      "camera_fps": fps,
      "loss_percent": loss * 100,
      pictures: shown,
      unread,
      frames,
      "boxed_percent": percent(boxedShare),
      "own_boxes": toOwn.count,
      "own_good_percent": percent(toOwn.share),
      "own_iou_worst": roundOrNull(toOwn.worst, 3),
      "between_boxes": dashed,
      "kilobits_per_s": round(bytesPerS * 8 / 1000, 0),
      "mjpeg_kilobits_per_s": round(mjpegBytesPerS * 8 / 1000, 0),
      "ratio_mjpeg": round(mjpegBytesPerS / bytesPerS, 1),
    });
  }
  await network?.lose(0);
  await scene.show("live");
  return { exact, live: liveRow("camera", { mode, fps }, await look()) };
}

/** The live view of a phone that sees the same, whose frames the viewer sends to the server. */
export async function measurePhoneLive(fps: number, seconds: number) {
  const mode = "server";
  await using scene = await openOverlayScene({ mode, fps });
  await scene.show({ display: "live" });
  const found = alignmentOf(await scene.watch(seconds * 1000), scene.truth);
  return liveRow("phone", { mode, fps }, found);
}

function liveRow(
  source: "camera" | "phone",
  { mode, fps }: Pick<ExactPlan, "mode" | "fps">,
  { frames, boxedShare, lagPx, offPx }: Alignment,
) {
  return {
    source,
    mode,
    "camera_fps": fps,
    frames,
    "boxed_percent": percent(boxedShare),
    "lag_px": roundOrNull(lagPx.median, 1),
    "off_px": { median: roundOrNull(offPx.median, 1), p95: roundOrNull(offPx.p95, 1) },
  };
}

function percent(share: number | null): number | null {
  return share === null ? null : round(share * 100, 1);
}
