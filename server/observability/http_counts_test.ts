import assert from "node:assert/strict";
import fc from "fast-check";
import { HttpCounts, routeOf } from "./http_counts.ts";

Deno.test("routeOf() knows our routes by kind, without what is secret in them", () => {
  const routes = {
    "/": "viewer",
    "/join/roomroomroomroomroomro": "join",
    "/j/ABC234": "code",
    "/assets/ort-0123.wasm": "assets",
    "/api/link/send": "link",
    "/api/rooms/x/detections": "rooms",
    "/api": "other",
    "/healthz": "health",
    "/constructor": "other",
    "/api/__proto__": "other",
  };
  for (const [path, route] of Object.entries(routes)) assert.equal(routeOf(path), route, path);
});

Deno.test("HttpCounts stays small whatever paths are asked for", () => {
  const counts = new HttpCounts();
  const segments = fc.array(fc.oneof(fc.string(), fc.constantFrom("api", "link", "j", "models")));
  fc.assert(fc.property(segments, fc.constantFrom(200, 404), (path, status) => {
    counts.answered(routeOf(`/${path.join("/")}`), status);
  }));
  assert.ok(counts.read().length <= 40);
});
