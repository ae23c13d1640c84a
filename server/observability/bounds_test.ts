import assert from "node:assert/strict";
import { Hono } from "hono";
import type { AppEnv } from "../base/security.ts";
import { limitRows } from "../base/testing/security_policy.ts";
import { HttpCounts, routeOf } from "./http_counts.ts";
import { addMetrics } from "./metrics_route.ts";
import { everySource } from "./testing/every_source.ts";
import { type ParsedFamily, parseExposition } from "./testing/parse_exposition.ts";

/** The table of bounds in the security policy against `/metrics`, both ways. */

/** Answers are counted as they happen: of each kind that a row names, one. */
const PATHS = ["/", "/j/ABC", "/sign-in", "/api/link/send", "/api/detect", "/api/rooms/x/events"];

/** What is counted as refused or lost though it was over no bound: rules, ends, and overtaking. */
const NO_BOUNDS: Readonly<Record<string, string>> = {
  "peerlens_signal_refusals_total":
    "bad-version bad-token unknown-peer unknown-camera out-of-reach not-allowed replaced sent-away " +
    "server-closing bad-frame ended",
  "peerlens_frames_total": "superseded bad-jpeg replayed failed",
  "peerlens_stream_signals_refused_total": "no-port bad-offer",
  "peerlens_relay_frames_total":
    "replaced stale no-viewer viewer-gone not-a-phone too-short bad-version " +
    "bad-length bad-time",
  "peerlens_turn_refusals_total": "not-trusted",
  "peerlens_webhook_events_total": "refused redirected failing unreachable closed",
  "peerlens_model_refusals_total":
    "remote tunnelled proxied cross-site bad-request not-json not-onnx " +
    "unknown-model unknown-job here-already not-removable not-for-download licence-needed broken " +
    "not-kept unavailable",
  "peerlens_camera_frames_total": "tap-busy viewer-behind parent-slow boxes-late",
  "peerlens_nats_messages_dropped_total": "away",
  "peerlens_pool_moves_total": "lost drained behind model",
  "peerlens_pool_frames_unsent_total": "away",
  "peerlens_child_restarts_total": "exited killed slow-start stuck unreadable not-started",
};

interface Named {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function scrape(): Promise<ReadonlyMap<string, ParsedFamily>> {
  const app = new Hono<AppEnv>();
  const http = new HttpCounts();
  for (const path of PATHS) {
    for (const status of [401, 404, 408, 413, 422, 429, 400, 503]) {
      http.answered(routeOf(path), status);
    }
  }
  addMetrics(app, { ...everySource(), http });
  return parseExposition(await (await app.request("/metrics")).text());
}

/** `name{label="value"}`, several with commas between. */
function namedIn(text: string): Named[] {
  return [...text.matchAll(/(peerlens_\w+)(?:\{([^}]*)\})?/g)].map(([, name, labels = ""]) => ({
    name: name!,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label!, value!]),
    ),
  }));
}

const NAMED = limitRows().flatMap(({ metrics }) => namedIn(metrics));

const fits = (sample: Named, { name, labels }: Named) =>
  sample.name === name &&
  Object.entries(labels).every(([label, value]) => sample.labels[label] === value);

Deno.test("the security policy says of every bound what counts it, and /metrics has that", async () => {
  const families = await scrape();
  for (const { what, refusal, metrics } of limitRows()) {
    const named = namedIn(metrics);
    // An idle stream is closed, which is no refusal.
    assert.equal(named.length === 0, refusal === "–" || refusal === "`closed`", what);
    for (const wanted of named) {
      const family = families.get(wanted.name);
      assert.ok(family !== undefined, `${what}: ${wanted.name}`);
      const { status } = wanted.labels;
      if (status !== undefined) assert.ok(refusal.includes(status), `${what}: ${refusal}`);
      const samples = [...family.samples.keys()].flatMap(namedIn);
      assert.ok(samples.some((sample) => fits(sample, wanted)), `${what}: ${metrics}`);
    }
  }
});

Deno.test("whatever /metrics counts as over a bound is in the security policy", async () => {
  const families = await scrape();
  const causes = ["cause", "code", "reason"];
  const unexplained: string[] = [];
  for (const name of new Set(NAMED.map((named) => named.name))) {
    const rules = (NO_BOUNDS[name] ?? "").split(" ");
    const counted = new Set<string>();
    for (const sample of [...families.get(name)!.samples.keys()].flatMap(namedIn)) {
      const cause = causes.map((label) => sample.labels[label]).find((value) =>
        value !== undefined
      );
      if (cause === undefined) continue;
      counted.add(cause);
      if (rules.includes(cause) || NAMED.some((named) => fits(sample, named))) continue;
      unexplained.push(JSON.stringify(sample));
    }
    assert.deepEqual(rules.filter((rule) => rule !== "" && !counted.has(rule)), [], name);
  }
  assert.deepEqual(unexplained, []);
});

Deno.test("the names of refusals in the security policy are those of the code", async () => {
  const names = new Set(
    limitRows().flatMap(({ refusal }) =>
      [...refusal.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!)
    ),
  );
  const source = (await Promise.all([
    ...[
      "protocol/errors",
      "protocol/detection",
      "protocol/inference",
      "protocol/relay",
      "protocol/events",
    ],
    ...["protocol/relay_frame", "protocol/model_admin", "streams/detect_route", "events/routes"],
    "streams/detections_route",
  ].map((path) => Deno.readTextFile(new URL(`../${path}.ts`, import.meta.url))))).join("\n");
  assert.deepEqual([...names].filter((name) => !source.includes(`"${name}"`)), []);
});
