import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadCatalog } from "../../models/catalog.ts";
import { HOME } from "../../models/manifest.ts";
import { loadConfig } from "../base/config.ts";
import { parseFlags } from "../base/flags.ts";
import { Child } from "../child/child_process.ts";
import { type FromChild, INFERENCE_LANES, type ToChild } from "../inference/ipc.ts";
import { childCommand, childConfig } from "./inference.ts";
import { tempFolder } from "../testing/temp_folder.ts";

Deno.test("the inference process leaves no trace of telemetry", async () => {
  await using folder = await tempFolder();
  const home = folder.path;
  const config = loadConfig({ env: {}, flags: parseFlags(["--mode", "server", "--ep", "cpu"]) });
  const modelFolders = [fileURLToPath(HOME)];
  const command = childCommand(childConfig({ config, modelFolders, facts: null }));
  const said = Promise.withResolvers<string>();
  const homeless = { ...command, env: { ...command.env, HOME: home } };
  const child = new Child<ToChild, FromChild>(homeless, INFERENCE_LANES, {
    onMessage({ kind }) {
      if (kind === "ready" || kind === "unable") said.resolve(kind);
    },
    onStderr() {},
    onEnd: said.resolve,
  });
  const { present } = await loadCatalog([]);
  const defaultModelId = present[0]!.entry.id;
  child.send({ kind: "models", models: present, defaultModelId });
  const kind = await said.promise;
  child.kill();
  await child.gone();
  assert.equal(kind, "ready");
  // Onnxruntime keeps the number of this device in `.cache/Microsoft`, before it reports anything.
  const left = await filesBelow(home);
  assert.deepEqual(left.filter((path) => !path.startsWith(`${home}/.cache/deno/`)), []);
});

async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) paths.push(...await filesBelow(path));
    else paths.push(path);
  }
  return paths;
}
