import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";

const NAMES = [
  ...["VISION_WASM_URL", "ORT_WASM_MJS_URL", "ORT_WASM_URL"],
  ...["ORT_WEBGPU_MJS_URL", "ORT_WEBGPU_URL"],
];
for (const name of NAMES) Object.assign(globalThis, { [`__${name}__`]: `/${name}` });

// Deno's own store keeps files on disk, and takes no paths.
Reflect.deleteProperty(globalThis, "caches");

const { loadDetector } = await import("./load_detector.ts");

const RUNTIME = "/ORT_WASM_URL";
const CORE = "/VISION_WASM_URL";
const MODEL = "/models/some";

const model = { url: MODEL, file: "some.onnx", bytes: 3, sha256: "0" } as ServedModel;

/** A server that answers when it is told to. */
function fakeServer() {
  const asked = new Map<string, PromiseWithResolvers<Response>>();
  const all = Promise.withResolvers<void>();
  const { fetch } = globalThis;
  globalThis.fetch = (input) => {
    const answer = Promise.withResolvers<Response>();
    asked.set(String(input), answer);
    if (asked.size === 3) all.resolve();
    return answer.promise;
  };
  return {
    /** All that is needed was asked for. */
    all: all.promise,
    asked: () => [...asked.keys()],
    miss: (url: string) => asked.get(url)!.resolve(new Response("", { status: 404 })),
    give: (url: string) => asked.get(url)!.resolve(new Response(new Uint8Array(3))),
    [Symbol.dispose]() {
      globalThis.fetch = fetch;
    },
  };
}

/** Begins to load, and waits until all is asked for. */
async function load() {
  const server = fakeServer();
  const loading = loadDetector({ kind: "load", model, backend: "wasm", threads: 1 }, {
    onProgress() {},
    onStarts() {},
  });
  // Rejections that nobody handles fail a test: this one is handled below, later than it may come.
  loading.catch(() => undefined);
  await Promise.race([server.all, loading]);
  return { server, loading };
}

Deno.test("loadDetector() asks for runtime, model and core at once", async () => {
  const { server, loading } = await load();
  using _server = server;
  assert.deepEqual(new Set(server.asked()), new Set([RUNTIME, MODEL, CORE]));
  for (const url of server.asked()) server.miss(url);
  await assert.rejects(loading);
});

Deno.test("loadDetector() tells of the runtime first, though the others failed before", async () => {
  const { server, loading } = await load();
  using _server = server;
  for (const url of [CORE, MODEL]) server.miss(url);
  await new Promise((resolve) => setTimeout(resolve, 5));
  server.miss(RUNTIME);
  await assert.rejects(loading, { code: "runtime-missing" });
});

Deno.test("loadDetector() tells of a model that is missing or damaged, not of the core", async () => {
  for (const [answer, code] of [["miss", "model-missing"], ["give", "model-damaged"]] as const) {
    const { server, loading } = await load();
    using _server = server;
    server.miss(CORE);
    server[answer](MODEL);
    server.give(RUNTIME);
    await assert.rejects(loading, { code });
  }
});
