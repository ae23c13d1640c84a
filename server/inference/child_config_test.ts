import assert from "node:assert/strict";
import { fakeCatalog } from "../test_helpers.ts";
import { readChildConfig } from "./child_config.ts";

Deno.test("readChildConfig() reads its only argument and insists on the default model", () => {
  const config = { models: fakeCatalog("/x.onnx").present, defaultModelId: "fake" };
  assert.deepEqual(readChildConfig([JSON.stringify(config)]), config);
  assert.throws(() => readChildConfig([]), /no configuration given/);
  const other = JSON.stringify({ ...config, defaultModelId: "other" });
  assert.throws(() => readChildConfig([other]), /no model other/);
});
