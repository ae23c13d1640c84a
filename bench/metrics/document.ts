import { MAX_SAMPLES, type Metrics, type MetricsShare, parseMetrics } from "@/protocol";
import { measured, quantile, spreadOf } from "../../client/base/quantiles.ts";
import { jain, thin } from "../load/stats.ts";
import type { PhoneFigures } from "./phone_stats.ts";
import { addUp, sum } from "../sums.ts";

/** What the viewer of one user exported, and what was seen of its phone meanwhile. */
export interface UserRecord {
  readonly exported: Metrics;
  readonly phone: PhoneFigures;
}

/** What only the bench knows, over all users. */
export interface BenchFacts extends
  Pick<
    Metrics,
    "cpu_percent" | "pss_mb" | "machine" | "setup" | "server_uplink_kbps" | "server_downlink_kbps"
  > {}

/**
 * The document of one run: of several users, latencies are over all their samples, and counts and
 * rates are added up.
 * @throws {Error} If it does not fit its schema.
 */
export function toDocument(records: readonly UserRecord[], facts: BenchFacts): Metrics {
  const whole = records.map(complete);
  const [first] = whole;
  if (first === undefined) throw new TypeError("Cannot sum up: nobody was measured");
  const { machine, ...others } = facts;
  const all = whole.length === 1 ? first : together(whole);
  const document = {
    ...all,
    ...others,
    "cpu_ms_per_frame": perFrame(facts.cpu_percent, all),
    machine: { ...first.machine, ...machine },
  };
  return parseMetrics(document);
}

/** CPU time for each frame that was processed; `null` where there was none, or it is not known. */
function perFrame(
  { phone, viewer, server }: Metrics["cpu_percent"],
  { duration_s: durationS, frames }: Pick<Metrics, "duration_s" | "frames">,
): Metrics["cpu_ms_per_frame"] {
  const ms = (percent: number | null) =>
    percent === null || frames.processed === 0
      ? null
      : percent / 100 * durationS * 1000 / frames.processed;
  return { phone: ms(phone), viewer: ms(viewer), server: ms(server) };
}

/** @param idle Documents of the same scene, of when nothing was examined; none: not measured. */
export function withIdle(metrics: Metrics, idle: readonly Metrics[]): Metrics {
  const video = middleDelay(idle);
  const known = [metrics.median_latency_ms, video.median, metrics.stages_ms.run?.median ?? null];
  const [wholeMs, videoMs, runMs] = measured(known);
  const isKnown = measured(known).length === known.length;
  return {
    ...metrics,
    idle_video_delay_ms: video,
    overhead_ms: isKnown ? wholeMs! - videoMs! - runMs! : null,
  };
}

/** What a user or a run came to. */
export function shareOf(metrics: Metrics, samples: number): MetricsShare {
  const { median_latency_ms, p95_latency_ms, p99_latency_ms } = metrics;
  const { processed_fps, camera_fps, uplink_kbps, downlink_kbps } = metrics;
  return {
    median_latency_ms,
    p95_latency_ms,
    p99_latency_ms,
    processed_fps,
    camera_fps,
    uplink_kbps,
    downlink_kbps,
    samples,
  };
}

/** The phone's own word for what it sent, received and captured. */
function complete({ exported, phone }: UserRecord): Metrics {
  return {
    ...exported,
    uplink_kbps: phone.uplinkKbps,
    downlink_kbps: phone.downlinkKbps,
    frames: { ...exported.frames, captured: phone.captured },
  };
}

function together(users: readonly Metrics[]): Metrics {
  const [first] = users;
  const samples = users.flatMap((user) => user.samples);
  // Figures are of all samples; of those that are kept everybody has the same share.
  const share = Math.min(1, MAX_SAMPLES / samples.length);
  const kept = users.map((user) => thin(user.samples, Math.floor(user.samples.length * share)));
  // Latencies by different clocks do not mean the same.
  const isOneClock = users.every((user) => user.capture_clock === first!.capture_clock);
  const clock = isOneClock ? first!.capture_clock : null;
  const ofClock = samples.filter(({ capture_clock }) => capture_clock === clock);
  const latencies = measured(ofClock.map(({ latency_ms }) => latency_ms));
  const stages = new Set(samples.flatMap(({ stages_ms }) => Object.keys(stages_ms)));
  const perUser = users.map((user, at) => shareOf(user, kept[at]!.length));
  const rates = measured(perUser.map(({ processed_fps }) => processed_fps));
  return {
    ...first!,
    duration_s: Math.max(...users.map(({ duration_s }) => duration_s)),
    median_latency_ms: quantile(latencies, 0.5),
    p95_latency_ms: quantile(latencies, 0.95),
    p99_latency_ms: quantile(latencies, 0.99),
    capture_clock: clock,
    clock_error_ms: quantile(measured(ofClock.map(({ clock_error_ms }) => clock_error_ms)), 1),
    receive_to_display_ms: spreadOf(
      samples.map(({ display_ts, received_ts }) => display_ts - received_ts),
    ),
    video_delay_ms: middleDelay(users),
    processed_fps: total(users, "processed_fps"),
    camera_fps: total(users, "camera_fps"),
    uplink_kbps: total(users, "uplink_kbps"),
    downlink_kbps: total(users, "downlink_kbps"),
    server_latency_ms: spreadOf(measured(ofClock.map(({ server_ms }) => server_ms))),
    network_latency_ms: spreadOf(measured(ofClock.map(({ network_ms }) => network_ms))),
    synced_delay_ms: quantile(measured(users.map((user) => user.synced_delay_ms)), 0.5),
    stages_ms: Object.fromEntries([...stages].map((stage) => {
      return [stage, spreadOf(samples.flatMap(({ stages_ms }) => stages_ms[stage] ?? []))];
    })),
    frames: {
      captured: sumOrNull(users.map(({ frames }) => frames.captured)),
      received: sum(users.map(({ frames }) => frames.received)),
      processed: sum(users.map(({ frames }) => frames.processed)),
      displayed: sum(users.map(({ frames }) => frames.displayed)),
      dropped: addUp(users.map(({ frames }) => frames.dropped)),
      skipped: addUp(users.map(({ frames }) => frames.skipped)),
    },
    pairing: {
      paired: sum(users.map(({ pairing }) => pairing.paired)),
      unpaired: sum(users.map(({ pairing }) => pairing.unpaired)),
    },
    following: {
      fallen_back: sum(users.map(({ following }) => following?.fallen_back ?? 0)),
    },
    users: perUser,
    fairness: rates.length === users.length ? jain(rates) : null,
    samples: kept.flat(),
  };
}

/** Delays of single frames are not in the documents: the middle of what each came to. */
function middleDelay(documents: readonly Metrics[]): Metrics["video_delay_ms"] {
  const middle = (of: "median" | "p95") =>
    quantile(measured(documents.map(({ video_delay_ms }) => video_delay_ms[of])), 0.5);
  return { median: middle("median"), p95: middle("p95") };
}

type Rate = "processed_fps" | "camera_fps" | "uplink_kbps" | "downlink_kbps";

function total(users: readonly Metrics[], key: Rate): number | null {
  return sumOrNull(users.map((user) => user[key]));
}

/** A sum without one of its parts would be too small. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  const known = measured(values);
  return known.length === values.length ? sum(known) : null;
}
