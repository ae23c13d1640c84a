import assert from "node:assert/strict";
import { readChildConfig } from "./child_config.ts";

Deno.test("readChildConfig() reads its only argument", () => {
  const config = { modelFolders: ["/models"], maxStreams: 3 };
  assert.deepEqual(readChildConfig([JSON.stringify(config)]), config);
  assert.throws(() => readChildConfig([]), /no configuration given/);
});
