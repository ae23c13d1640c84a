import assert from "node:assert/strict";
import { loadConfig } from "../base/config.ts";
import { fakeCatalog } from "../testing/helpers.ts";
import { clientConfig } from "./client_config.ts";

const TO_VISITOR = {
  joinOrigins: [],
  joinProblem: null,
  webhook: null,
  isSignedIn: false,
  mayChangeModels: false,
};
const catalog = fakeCatalog("/nowhere");

Deno.test("clientConfig() says why there is no model, even if one was chosen", () => {
  const config = loadConfig({ env: {}, flags: { model: "fake" } });
  const empty = { present: [], missing: [], damaged: [], problem: "No model was found." };
  const { models, modelProblem } = clientConfig(config, empty, TO_VISITOR);
  assert.deepEqual([models, modelProblem], [[], "No model was found."]);
});

Deno.test("clientConfig() offers server mode only where the server was started for it", () => {
  const modesOf = (mode: string) => {
    const config = loadConfig({ env: {}, flags: { mode } });
    return clientConfig(config, catalog, TO_VISITOR).modes;
  };
  assert.deepEqual(modesOf("wasm"), ["wasm", "off"]);
  assert.deepEqual(modesOf("server"), ["wasm", "server", "auto", "off"]);
  assert.deepEqual(modesOf("auto"), ["wasm", "server", "auto", "off"]);
});
