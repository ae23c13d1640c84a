import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

const ROOT = new URL("../../", import.meta.url);

/** All that is loaded with a file, without what it imports only when it comes to that. */
async function loadedWith(entry: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
  }).output();
  const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const found = new Set<string>();
  const add = (specifier: string): void => {
    if (found.has(specifier)) return;
    found.add(specifier);
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) add(code.specifier);
    }
  };
  graph.roots.forEach(add);
  return found;
}

for (const entry of ["server/start.ts", "server/main.ts", "server/inference/main.ts"]) {
  Deno.test(`${entry} loads nothing of NATS by itself`, async () => {
    const loaded = [...await loadedWith(fileURLToPath(new URL(entry, ROOT)))];
    assert.ok(loaded.some((specifier) => specifier.endsWith(entry)));
    const ofNats = loaded.filter((name) => /\/server\/(?:bus|nodes|workers)\/|@nats-io/.test(name));
    assert.deepEqual(ofNats, []);
  });
}
