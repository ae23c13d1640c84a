import assert from "node:assert/strict";
import { busMessage, readHello } from "./bus_messages.ts";

Deno.test("a request of another node asks for a room's path and for no other", () => {
  const read = (path: string) => {
    const body = { kind: "request", address: "", method: "GET", path, headers: {}, hasBody: false };
    return readHello(busMessage({ node: "A".repeat(22), link: 1, body })) !== null;
  };
  assert.ok(read("/api/rooms/abc/detections"));
  assert.ok(read("/api/rooms/a%20b/events?x=1"));
  for (
    const path of [
      "/api/rooms/../config",
      "/api/rooms/a/%2e%2e/%2E%2e/models",
      "/api/rooms/a/..\\..\\models",
      "/api/rooms/a#b",
      "/api/config",
    ]
  ) assert.ok(!read(path), path);
});
