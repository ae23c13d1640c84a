import assert from "node:assert/strict";
import { EVENT_LOSS_CAUSES, type EventLossCause } from "@/protocol";
import { FakeProcess } from "../streams/testing/fake_process.ts";
import { createApp } from "../app.ts";
import { Places } from "../base/http/places.ts";
import { StallHistogram } from "../base/event_loop.ts";
import { appDeps } from "../testing/helpers.ts";
import { HttpCounts } from "./http_counts.ts";
import { allFamilies } from "./metrics_route.ts";
import { Counters } from "../inference/counters.ts";
import { RESTART_REASONS } from "../child/supervisor_state.ts";

const README = await Deno.readTextFile(new URL("./README.md", import.meta.url));

const NONE_LOST = Object.fromEntries(EVENT_LOSS_CAUSES.map((cause) => [cause, 0])) as Record<
  EventLossCause,
  number
>;

/** Every metric that a server can have. */
function everyFamily() {
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
  return allFamilies({
    ...deps,
    http: new HttpCounts(),
    listeners: {
      connections: new Places({ total: 1, perAddress: 1, localOnly: 0 }),
      halfRead: new Places({ total: 1, perAddress: 1, localOnly: 0 }),
    },
    stalls: new StallHistogram(),
    inference: { gateway: deps.inference!.gateway, supervisor },
    cameras: {
      rooms: {
        counts: () => ({ cameras: { idle: 1 }, seats: 0, sessions: 0, sessionsRefused: 0 }),
      },
      supervisor: {
        stats: { rssBytes: 1 },
        totals: { framesRead: 1, framesSent: 1, framesDropped: { pace: 1 }, cpuMs: 1 },
        restarts: () => new Map(RESTART_REASONS.map((reason) => [reason, 0])),
      },
    },
    webhook: { counts: { waiting: 0, delivered: 0, lost: NONE_LOST } },
    turn: { counts: { rooms: 0, refused: { "not-trusted": 0, "too-many": 0 } } },
    tunnel: { host: null },
    isLocal: () => true,
  });
}

Deno.test("README names every metric with its kind and its labels, and no other", () => {
  const rows = README.split("\n").filter((line) => line.startsWith("| `peerlens_"));
  const documented = new Map(rows.flatMap((row) => {
    const [, names, kind, labels] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return [...names!.matchAll(/`(peerlens_\w+)`/g)].map(([, name]) =>
      [name!, { kind, labels: labels! }] as const
    );
  }));
  const families = everyFamily();
  assert.deepEqual(
    [...documented.keys()].sort(),
    [...new Set(families.map(({ name }) => name))].sort(),
  );
  for (const family of families) {
    const { kind, labels } = documented.get(family.name)!;
    assert.equal(family.kind, kind, family.name);
    const samples = family.kind === "histogram" ? family.series : family.samples;
    for (const label of new Set(samples.flatMap((sample) => Object.keys(sample.labels)))) {
      assert.ok(labels.includes(`\`${label}\``), `${family.name}: ${label}`);
    }
  }
});
