import assert from "node:assert/strict";
import { chosenFirst, clientConfig, servedModels } from "./client_config.ts";
import { loadConfig } from "./config.ts";
import { fakeCatalog } from "./test_helpers.ts";

const [fake] = fakeCatalog("/nowhere").present;
const other = { ...fake!, entry: { ...fake!.entry, id: "other" } };
const TO_VISITOR = {
  joinOrigins: [],
  joinProblem: null,
  isSignedIn: false,
  mayChangeModels: false,
};
const catalog = { ...fakeCatalog("/nowhere"), present: [fake!, other] };

Deno.test("chosenFirst() puts the chosen model first and keeps the rest in order", () => {
  const ids = (id: string | null) => chosenFirst(catalog, id).map(({ entry }) => entry.id);
  assert.deepEqual(ids(null), ["fake", "other"]);
  assert.deepEqual(ids("other"), ["other", "fake"]);
  assert.throws(() => ids("third"), /^UsageError: --model .*: third \(present: fake, other\)$/);
});

Deno.test("clientConfig() says why there is no model, even if one was chosen", () => {
  const config = loadConfig({ env: {}, flags: { model: "fake" } });
  const empty = { present: [], missing: [], damaged: [], problem: "No model was found." };
  const { models, modelProblem } = clientConfig(config, empty, TO_VISITOR);
  assert.deepEqual([models, modelProblem], [[], "No model was found."]);
});

Deno.test("servedModels() has another revision when anything that pages are told is different", () => {
  const of = (...ids: string[]) => {
    const present = ids.map((id) => ({ ...fake!, entry: { ...fake!.entry, id } }));
    return servedModels({ ...catalog, present }).modelsRevision;
  };
  assert.equal(of("a", "b"), of("a", "b"));
  const labels = { ...fake!, labels: ["other"] };
  const others = [
    of("a"),
    of("b", "a"),
    servedModels({ ...catalog, problem: "None." }).modelsRevision,
    servedModels({ ...catalog, present: [labels] }).modelsRevision,
  ];
  assert.equal(new Set([of("a", "b"), ...others]).size, 5);
});

Deno.test("clientConfig() tells a page the webhook's host and no more of it", () => {
  const of = (env: Record<string, string>) =>
    clientConfig(loadConfig({ env, flags: {} }), catalog, TO_VISITOR);
  assert.equal(of({}).webhook, null);
  const env = {
    PEERLENS_WEBHOOK: "https://hook.example/hush",
    PEERLENS_WEBHOOK_SECRET: "hush".repeat(5),
  };
  assert.deepEqual(of(env).webhook, { host: "hook.example" });
  assert.ok(!JSON.stringify(of(env)).includes("hush"));
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
