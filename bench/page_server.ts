import { build, stop } from "esbuild";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const ORT_FOLDER = new URL("node_modules/onnxruntime-web/dist/", ROOT);
const ORT_FILES = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

/** Without these two the page gets no threads. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const HTML = `<!doctype html><meta charset="utf-8"><title>Peerlens bench</title>
<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;

/**
 * Serves a page that is not a part of the app, to measure or check a part of it alone, on a free port
 * of this machine. With it come `/vision_bg.wasm` and onnxruntime's files under `/ort/`.
 *
 * @param entry The page's script, bundled here.
 * @param extra Further files on disk, by the path under which they are served.
 */
export async function servePage(
  entry: URL,
  extra: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly origin: string }> {
  const files: Record<string, string | URL> = {
    "/vision_bg.wasm": new URL("crates/vision/pkg/vision_bg.wasm", ROOT),
    ...extra,
  };
  for (const name of ORT_FILES) files[`/ort/${name}`] = new URL(name, ORT_FOLDER);
  const page = await bundle(entry);
  const answer = async (path: string): Promise<[string, BodyInit] | undefined> => {
    if (path === "/") return ["text/html", HTML];
    if (path === "/page.js") return ["text/javascript", page];
    const file = files[path];
    if (file === undefined) return undefined;
    return [contentType(path), (await Deno.open(file)).readable];
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const found = await answer(new URL(request.url).pathname);
      if (found === undefined) return new Response("Not found", { status: 404 });
      const [type, body] = found;
      return new Response(body, { headers: { ...ISOLATION, "content-type": type } });
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function contentType(path: string): string {
  if (path.endsWith(".mjs")) return "text/javascript";
  return path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
}

async function bundle(entry: URL): Promise<Uint8Array<ArrayBuffer>> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    absWorkingDir: fileURLToPath(ROOT),
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    // The build of onnxruntime-web that loads its .mjs and .wasm from `wasmPaths`.
    conditions: ["onnxruntime-web-use-extern-wasm"],
  });
  await stop();
  return Uint8Array.from(outputFiles[0]!.contents);
}
