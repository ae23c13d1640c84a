import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { brotliCompress, constants, gzip } from "node:zlib";
import * as esbuild from "esbuild";
import { sourceHash } from "./build_hash.ts";

/** The whole client build: entries with hashed names, pages that name them, compressed twins. */

const ROOT = new URL("../", import.meta.url);
const DIST = new URL("dist/", ROOT);

/** Where a build grows: it replaces `dist/` whole, and two builds at once do not meet. */
const FRESH_PATH = `.out/build-${Deno.pid}`;
const FRESH = new URL(`${FRESH_PATH}/`, ROOT);
const ASSETS = new URL("assets/", FRESH);
const ORT = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded";

/** Files served as they are under a name with their hash, by the constant that holds their URL. */
const PLAIN_FILES = {
  __BOOT_URL__: "client/ui/boot.js",
  __VISION_WASM_URL__: "crates/vision/pkg/vision_browser_bg.wasm",
  __ORT_WASM_MJS_URL__: `${ORT}.mjs`,
  __ORT_WASM_URL__: `${ORT}.wasm`,
  __ORT_WEBGPU_MJS_URL__: `${ORT}.asyncify.mjs`,
  __ORT_WEBGPU_URL__: `${ORT}.asyncify.wasm`,
} as const;

/** Below this a compressed twin saves less than its headers cost. */
const COMPRESS_FROM_BYTES = 1024;

const HELP = `Usage: deno task build [--force] [--best]

  --force   build even when no source has changed
  --best    compress as small as possible: takes a minute, meant for container images
`;

/** What one entry point became, as paths on the server. */
interface Entry {
  readonly js: string;
  readonly css: string | null;
}

/** Builds `dist/` unless it already is the build of the present sources. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => !["--force", "--best", "--help"].includes(arg));
  if (unknown !== undefined) return say(`Unknown flag: ${unknown}\n\n${HELP}`, 2);
  if (args.includes("--help")) return say(HELP, 0);

  const best = args.includes("--best");
  const hash = await sourceHash(ROOT);
  const built = await Deno.readTextFile(new URL("build.txt", DIST)).catch(() => "");
  // A build with the best compression serves as well where a quick one would do.
  const current = built === `${hash} best` || (!best && built === `${hash} quick`);
  if (current && !args.includes("--force")) return say("Client: up to date\n", 0);

  const startMs = performance.now();
  say("Client: building …\n", 0);
  await Deno.mkdir(ASSETS, { recursive: true });
  await buildPages(await copyPlainFiles());
  await esbuild.stop();
  await compressAssets(best);
  await compressModels(best);
  await Deno.writeTextFile(new URL("build.txt", FRESH), `${hash} ${best ? "best" : "quick"}`);
  await replaceDist();
  return say(`Client: built in ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`, 0);
}

async function buildPages(define: Record<string, string>): Promise<void> {
  const workers = {
    worker: "client/inference/worker.ts",
    encoder: "client/inference/encode_worker.ts",
    flow: "client/inference/flow_worker.ts",
    presenter: "client/present/present_worker.ts",
    sender: "client/rtc/sender_worker.ts",
    bulk: "client/link/bulk_worker.ts",
    picture: "client/relay/picture_worker.ts",
  };
  const [worker, encoder, flow, presenter, sender, bulk, picture] = await bundle(workers, define);
  const pages = { viewer: "client/viewer/main.tsx", phone: "client/phone/main.tsx" };
  const entries = await bundle(pages, {
    ...define,
    __WORKER_URL__: JSON.stringify(worker!.js),
    __ENCODER_URL__: JSON.stringify(encoder!.js),
    __FLOW_URL__: JSON.stringify(flow!.js),
    __PRESENTER_URL__: JSON.stringify(presenter!.js),
    __SENDER_URL__: JSON.stringify(sender!.js),
    __BULK_URL__: JSON.stringify(bulk!.js),
    __PICTURE_URL__: JSON.stringify(picture!.js),
  });
  for (const [index, name] of Object.keys(pages).entries()) {
    const { js, css } = entries[index]!;
    const html = await Deno.readTextFile(new URL(`client/${name}/index.html`, ROOT));
    const page = html.replaceAll("%JS%", js).replaceAll("%CSS%", css ?? "")
      .replaceAll("%BOOT%", JSON.parse(define.__BOOT_URL__!));
    await Deno.writeTextFile(new URL(`${name}.html`, FRESH), page);
  }
  await Deno.copyFile(new URL("client/ui/favicon.svg", ROOT), new URL("favicon.svg", FRESH));
}

/** Bundles entries given as name → source file; answers in the same order. */
async function bundle(
  entries: Record<string, string>,
  define: Record<string, string>,
): Promise<Entry[]> {
  const result = await esbuild.build({
    absWorkingDir: fileURLToPath(ROOT),
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: source, out })),
    outdir: `${FRESH_PATH}/assets`,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome111", "firefox121", "safari16.4"],
    minify: true,
    sourcemap: "linked",
    jsx: "automatic",
    jsxImportSource: "preact",
    // Chooses the build of onnxruntime-web that loads its WASM from a URL of ours.
    conditions: ["onnxruntime-web-use-extern-wasm"],
    alias: { "@/protocol": "./server/protocol/mod.ts", "@/vision": "./crates/vision/mod.ts" },
    define,
    metafile: true,
    logLevel: "warning",
  });
  const outputs = Object.entries(result.metafile.outputs);
  return Object.values(entries).map((source) => {
    const [path, output] = outputs.find(([, candidate]) => candidate.entryPoint === source)!;
    const toUrl = (file: string) => file.slice(FRESH_PATH.length);
    return {
      js: toUrl(path),
      css: output.cssBundle === undefined ? null : toUrl(output.cssBundle),
    };
  });
}

/** Another start may do so at the same moment: its pages are as good, and ours come over them. */
async function replaceDist(): Promise<void> {
  const old = new URL(`.out/old-${Deno.pid}/`, ROOT);
  for (let triesLeft = 20;; triesLeft--) {
    await Deno.remove(old, { recursive: true }).catch(() => undefined);
    await Deno.rename(DIST, old).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    try {
      await Deno.rename(FRESH, DIST);
      break;
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
  }
  await Deno.remove(old, { recursive: true }).catch(() => undefined);
}

async function copyPlainFiles(): Promise<Record<string, string>> {
  const define: Record<string, string> = {};
  for (const [constant, file] of Object.entries(PLAIN_FILES)) {
    const bytes = await Deno.readFile(new URL(file, ROOT));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const [, stem, extension] = file.match(/([^/]+)\.(wasm|mjs|js)$/)!;
    const name = `${stem}-${digest.toHex().slice(0, 10)}.${extension}`;
    await Deno.writeFile(new URL(name, ASSETS), bytes);
    define[constant] = JSON.stringify(`/assets/${name}`);
  }
  return define;
}

/** Writes `.br` and `.gz` beside every asset, so that no request ever pays for compression. */
async function compressAssets(best: boolean): Promise<void> {
  const files = [...Deno.readDirSync(ASSETS)].map((entry) => entry.name);
  for (const name of files) {
    const bytes = await Deno.readFile(new URL(name, ASSETS));
    if (bytes.byteLength < COMPRESS_FROM_BYTES || name.endsWith(".map")) continue;
    if (bytes.byteLength > 5e6) say(`Client: compressing ${name} …\n`, 0);
    await writeTwins(bytes, new URL(name, ASSETS), best);
  }
}

/** Twins of the models that are a part of the repository, by their hash; the files stay where they are. */
async function compressModels(best: boolean): Promise<void> {
  const twins = new URL("models/", FRESH);
  await Deno.mkdir(twins);
  for await (const { name } of Deno.readDir(new URL("models/", ROOT))) {
    if (!name.endsWith(".onnx")) continue;
    const bytes = await Deno.readFile(new URL(`models/${name}`, ROOT));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    await writeTwins(bytes, new URL(digest.toHex(), twins), best);
  }
}

async function writeTwins(bytes: Uint8Array<ArrayBuffer>, file: URL, best: boolean): Promise<void> {
  const params = {
    // From 5 to 7 takes 0.3 s more of a build and 100 kB off a first visit; from 7 to 11, a minute.
    [constants.BROTLI_PARAM_QUALITY]: best ? 11 : 7,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
  };
  const brotli = await promisify(brotliCompress)(bytes, { params });
  await Deno.writeFile(new URL(`${file.href}.br`), brotli);
  await Deno.writeFile(
    new URL(`${file.href}.gz`),
    await promisify(gzip)(bytes, { level: best ? 9 : 5 }),
  );
}

function say(text: string, code: number): number {
  const stream = code === 0 ? Deno.stdout : Deno.stderr;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
