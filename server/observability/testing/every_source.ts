import { EVENT_LOSS_CAUSES, type EventLossCause } from "@/protocol";
import { createApp } from "../../app.ts";
import { noCuts } from "../../base/http/conn_stream.ts";
import { Places } from "../../base/http/places.ts";
import { StallHistogram } from "../../base/event_loop.ts";
import { CAMERA_DROP_CAUSES } from "../../cameras/counters.ts";
import { Counters } from "../../inference/counters.ts";
import { RESTART_REASONS } from "../../child/supervisor_state.ts";
import { FakeProcess } from "../../streams/testing/fake_process.ts";
import { appDeps } from "../../testing/helpers.ts";
import { HttpCounts } from "../http_counts.ts";
import type { MetricSources } from "../metrics_route.ts";

const NONE_LOST = Object.fromEntries(EVENT_LOSS_CAUSES.map((cause) => [cause, 0])) as Record<
  EventLossCause,
  number
>;

const DROPPED = Object.fromEntries(CAMERA_DROP_CAUSES.map((cause) => [cause, 1]));

/** Of a server that has everything of which there are metrics. */
export function everySource(): MetricSources {
  const deps = appDeps({ process: new FakeProcess() });
  createApp(deps);
  const stats = new Counters().toStats({
    streams: 0,
    ways: { datachannel: 0, link: 0, none: 0 },
    rssBytes: 1,
    cpuMs: 1,
    lagMs: { counts: [], sum: 0 },
    maxStallMs: 0,
  });
  const supervisor = {
    stats,
    totals: stats,
    counts: { restarts: 0, messagesDropped: 0 },
    restarts: () => new Map(RESTART_REASONS.map((reason) => [reason, 0])),
  };
  return {
    ...deps,
    http: new HttpCounts(),
    listeners: {
      connections: new Places({ total: 1, perAddress: 1, localOnly: 0 }),
      halfRead: new Places({ total: 1, perAddress: 1, localOnly: 0 }),
      cuts: noCuts(),
    },
    stalls: new StallHistogram(),
    inference: { gateway: deps.inference!.gateway, supervisor },
    cameras: {
      rooms: {
        counts: () => ({ cameras: { idle: 1 }, seats: 0, sessions: 0, sessionsRefused: 0 }),
      },
      supervisor: {
        stats: { rssBytes: 1 },
        totals: { framesRead: 1, framesSent: 1, framesDropped: DROPPED, cpuMs: 1 },
        restarts: () => new Map(RESTART_REASONS.map((reason) => [reason, 0])),
      },
    },
    pool: {
      members: () => [{ name: "local", state: "ready", streams: 1, queueMs: 1, lanes: 1 }],
      counts: {
        moves: { lost: 1, drained: 1, behind: 1, model: 1 },
        dropped: { slow: 1, away: 1 },
      },
    },
    bus: {
      state: { kind: "connected" },
      counts: {
        bytesReceived: 1,
        bytesSent: 1,
        messagesReceived: 1,
        messagesSent: 1,
        reconnects: 1,
        dropped: { away: 1, "too-large": 1, full: 1 },
      },
    },
    webhook: { counts: { waiting: 0, delivered: 0, lost: NONE_LOST } },
    nodes: {
      health: {
        others: 0,
        lines: { out: 0, in: 0, broken: 0, unreadable: 0 },
        pagesElsewhere: { picturesDropped: 0 },
        roomsDropped: 0,
      },
    },
    turn: { counts: { rooms: 0, refused: { "not-trusted": 0, "too-many": 0 } } },
    tunnel: { host: null },
    isLocal: () => true,
  };
}
