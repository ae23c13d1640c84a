import assert from "node:assert/strict";
import { forbiddenImports, importEdges } from "./imports.ts";

Deno.test("every folder imports only what the design lets it import", async () => {
  assert.deepEqual(forbiddenImports(await importEdges()), []);
});

Deno.test("forbiddenImports() names imports that cross a border", () => {
  const refused = (from: string, to: string, typeOnly = false) =>
    forbiddenImports([{ from, to, typeOnly }]).length === 1;
  assert(refused("client/viewer/main.tsx", "server/app.ts", true));
  assert(!refused("client/viewer/main.tsx", "server/protocol/mod.ts"));
  assert(!refused("client/viewer/main.tsx", "client/ui/button.tsx"));
  assert(refused("client/ui/button.tsx", "client/media/overlay.ts"));
  assert(!refused("client/ui/button.tsx", "client/media/overlay.ts", true));
  assert(refused("client/media/overlay.ts", "client/rtc/peer.ts"));
  assert(refused("client/media/overlay.ts", "client/ui/button.tsx", true));
  assert(refused("server/rooms/room.ts", "server/streams/gateway.ts"));
  assert(refused("server/protocol/signal.ts", "server/rooms/room.ts", true));
  // What can go is imported by entry files only.
  assert(refused("server/rooms/room.ts", "server/relay/relays.ts", true));
  assert(!refused("server/main.ts", "server/relay/relays.ts"));
  assert(refused("bench/runner.ts", "server/protocol/mod.ts"));
  assert(!refused("bench/runner.ts", "server/protocol/timing.ts", true));
  assert(refused("bench/runner.ts", "client/media/overlay.ts", true));
  assert(refused("server/app.ts", "server/rooms/fake_test.ts"));
  assert(!refused("server/app_test.ts", "client/rooms/signal_client.ts"));
});
