import type { RestartReason } from "../child/supervisor_state.ts";
import { by, counter, type Family, gauge, type Sample } from "./family.ts";
import { CPU_HELP, RSS_HELP } from "./server_families.ts";

/** What is asked of the cameras of the server. */
export interface CameraSources {
  readonly rooms: {
    counts(): {
      readonly cameras: Readonly<Record<string, number>>;
      readonly seats: number;
      readonly sessions: number;
      readonly sessionsRefused: number;
    };
  };
  /** `null`: none was wanted so far. */
  readonly supervisor: {
    readonly stats: { readonly rssBytes: number } | null;
    readonly totals: {
      readonly framesRead: number;
      readonly framesSent: number;
      readonly framesDropped: Readonly<Record<string, number>>;
      readonly cpuMs: number;
    } | null;
    restarts(): ReadonlyMap<RestartReason, number>;
  } | null;
}

/** Label of the process that has them. */
const CAMERAS = { process: "cameras" };

/** Metrics of cameras of the server. Causes and states appear once they have been. */
export function cameraFamilies({ rooms, supervisor }: CameraSources): Family[] {
  const { cameras, seats, sessions, sessionsRefused } = rooms.counts();
  const totals = supervisor?.totals ?? null;
  const stats = supervisor?.stats ?? null;
  return [
    gauge("peerlens_cameras", "Cameras of this server", by("status", Object.entries(cameras))),
    gauge("peerlens_camera_seats", "Cameras in rooms now; one in two rooms counts twice", seats),
    gauge("peerlens_camera_connections", "Connections of viewers to cameras now", sessions),
    counter(
      "peerlens_camera_connections_refused_total",
      "Times that a viewer had no place at a camera; it is tried again",
      sessionsRefused,
    ),
    ...(supervisor === null ? [] : [counter(
      "peerlens_camera_restarts_total",
      "Times that the process of the cameras was replaced, by reason",
      by("reason", supervisor.restarts()),
    )]),
    ...(totals === null ? [] : [
      counter("peerlens_camera_frames_total", FRAMES_HELP, framesOf(totals)),
      counter("peerlens_process_cpu_seconds_total", CPU_HELP, [
        { labels: CAMERAS, value: totals.cpuMs / 1000 },
      ]),
    ]),
    ...(stats === null ? [] : [
      gauge("peerlens_process_resident_memory_bytes", RSS_HELP, [
        { labels: CAMERAS, value: stats.rssBytes },
      ]),
    ]),
  ];
}

const FRAMES_HELP = "Frames of cameras: one for two viewers is sent twice";

function framesOf(
  { framesRead, framesSent, framesDropped }: NonNullable<
    NonNullable<CameraSources["supervisor"]>["totals"]
  >,
): Sample[] {
  const dropped = Object.entries(framesDropped).map(([cause, value]): Sample => ({
    labels: { outcome: "dropped", cause },
    value,
  }));
  return [
    { labels: { outcome: "read" }, value: framesRead },
    { labels: { outcome: "sent" }, value: framesSent },
    ...dropped,
  ];
}
