import { round, roundOrNull } from "../result_file.ts";
import { exportMetrics, resetMetrics } from "../people.ts";
import { type Alignment, alignmentOf, type Fit } from "./alignment.ts";
import { compareLatency, waitForCaptureClock, withoutCaptureTime } from "./latency.ts";
import { openOverlayScene, type OverlayScene, type OverlaySetup } from "./overlay_scene.ts";

/** Where inference runs. */
export type OverlayMode = OverlaySetup["mode"];

/** What the network between phone and viewer does to packets, in both directions. */
export interface Way {
  /** Share of packets lost. */
  readonly loss: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** A network that does nothing to them. */
export const CLEAR_WAY: Way = { loss: 0, delayMs: 0, jitterMs: 0 };

/** What one scene of views is measured with. */
export interface ViewPlan {
  readonly mode: OverlayMode;
  readonly fps: number;
  /** In turn; only a clear one where the phone has no network of its own. */
  readonly ways: readonly Way[];
  readonly ownNetwork: boolean;
  readonly seconds: number;
}

/** Both views at one camera rate. */
export async function measureViews({ mode, fps, ways, ownNetwork, seconds }: ViewPlan) {
  await using scene = await openOverlayScene({ mode, fps, ownNetwork });
  const look = async () => alignmentOf(await scene.watch(seconds * 1000), scene.truth);
  const synced = [];
  for (const way of ways) {
    await takeWay(scene, CLEAR_WAY);
    await scene.show({ display: "synced" });
    await takeWay(scene, way);
    const found = await look();
    synced.push({
      mode,
      "camera_fps": fps,
      ...described(way),
      ...seen(found),
      truth: fit(found.toTruth),
      knowable: fit(found.toKnowable),
      own: fit(found.toOwn),
      between: found.dashed,
    });
  }
  await takeWay(scene, CLEAR_WAY);
  await scene.show({ display: "live", predict: false });
  const plain = await look();
  await scene.show({ display: "live" });
  const moved = await look();
  const live = {
    mode,
    "camera_fps": fps,
    ...seen(moved),
    truth: fit(moved.toTruth),
    "off_px": pixels(moved.offPx),
    "off_px_without_prediction": pixels(plain.offPx),
    ratio: moved.offPx.median === null || !plain.offPx.median
      ? null
      : round(moved.offPx.median / plain.offPx.median, 3),
  };
  return { synced, live };
}

async function takeWay(
  { network }: Pick<OverlayScene, "network">,
  { loss, delayMs, jitterMs }: Way,
): Promise<void> {
  await network?.lose(loss);
  await network?.delay(delayMs, jitterMs);
}

function described({ loss, delayMs, jitterMs }: Way) {
  return { "loss_percent": loss * 100, "delay_ms": delayMs, "jitter_ms": jitterMs };
}

/** The app's latency against that of the screen, with a clock of the phone that is wrong. */
export async function measureLatency(
  mode: OverlayMode,
  { wrongClock, seconds, way }: {
    wrongClock: "page" | "browser";
    seconds: number;
    /** Of a network of the phone's own; `null`: it has none. */
    way: Way | null;
  },
) {
  const ownNetwork = way !== null;
  const setup = { mode, fps: 15, camera: "canvas", wrongClock, ownNetwork } as const;
  const script = wrongClock === "page" ? { viewerScript: withoutCaptureTime() } : {};
  await using scene = await openOverlayScene({ ...setup, ...script });
  await scene.show({ display: "synced", withControls: true });
  if (way !== null) await takeWay(scene, way);
  const clock = wrongClock === "page" ? "phone" : "captureTime";
  await waitForCaptureClock(scene, clock);
  const found = await compareLatency(scene, seconds * 1000);
  const { metrics, appMedianMs, screenMedianMs, paired, unpaired, phoneAheadMs } = found;
  return {
    mode,
    ...described(way ?? CLEAR_WAY),
    "phone_ahead_ms": round(phoneAheadMs, 1),
    "capture_clock": metrics.capture_clock,
    "clock_error_ms": roundOrNull(metrics.clock_error_ms),
    "app_median_ms": roundOrNull(appMedianMs),
    "screen_median_ms": roundOrNull(screenMedianMs),
    "difference_ms": appMedianMs === null || screenMedianMs === null
      ? null
      : round(appMedianMs - screenMedianMs),
    "capture_late_ms": roundOrNull(found.captureLateMs),
    "display_late_ms": roundOrNull(found.displayLateMs),
    frames: { paired, unpaired },
  };
}

/** How many results find their frame, without packet loss. */
export async function measurePairing(mode: OverlayMode, seconds: number) {
  await using scene = await openOverlayScene({ mode, fps: 30 });
  await scene.show({ display: "live", withControls: true });
  await resetMetrics(scene.viewer.page);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { pairing, frames, duration_s: durationS } = await exportMetrics(scene.viewer.page);
  const results = pairing.paired + pairing.unpaired;
  return {
    mode,
    seconds: round(durationS, 1),
    ...pairing,
    "unpaired_percent": results === 0 ? null : round(pairing.unpaired / results * 100),
    frames,
  };
}

function seen({ shown, unread, frames, boxedShare }: Alignment) {
  return { pictures: shown, unread, frames, "boxed_percent": percent(boxedShare) };
}

function fit({ count, share, median, worst }: Fit) {
  return {
    count,
    "good_percent": percent(share),
    "iou_median": roundOrNull(median, 3),
    "iou_worst": roundOrNull(worst, 3),
  };
}

function pixels({ median, p95 }: Alignment["offPx"]) {
  return { median: roundOrNull(median), p95: roundOrNull(p95) };
}

function percent(share: number | null): number | null {
  return share === null ? null : round(share * 100);
}
