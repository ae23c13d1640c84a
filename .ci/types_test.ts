import assert from "node:assert/strict";
import { worldOf } from "./types.ts";

Deno.test("worldOf() puts every file into the world that it runs in", () => {
  assert.equal(worldOf("client/viewer/main.tsx"), "browser");
  assert.equal(worldOf("client/rtc/peer_test.ts"), "both");
  assert.equal(worldOf("client/build.ts"), "server");
  assert.equal(worldOf("server/protocol/signal.ts"), "browser");
  assert.equal(worldOf("server/protocol/signal_test.ts"), "server");
  assert.equal(worldOf("server/app.ts"), "server");
  assert.equal(worldOf("crates/vision/mod.ts"), "browser");
  assert.equal(worldOf("crates/vision/wasm.ts"), "server");
  assert.equal(worldOf("bench/browser.ts"), "both");
  assert.equal(worldOf(".ci/types.ts"), "server");
});
