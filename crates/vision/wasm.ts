/**
 * `deno task wasm` rebuilds `pkg/` and writes down what it was built from; `deno task wasm:check`
 * (`--check`) compares that with the sources as they are, and needs no Rust.
 *
 * @module
 */

const CRATE = new URL("./", import.meta.url);
const WORKSPACE = new URL("../", CRATE);
const PACKAGE = new URL("pkg/", CRATE);
const HASH_FILE = new URL("source-hash.txt", PACKAGE);
/** What the crate and the versions of its dependencies are made of, beside `src/`. */
const SOURCE_FILES = ["Cargo.toml", "Cargo.lock", "vision/Cargo.toml"];
/** The core without the feature `jpeg`; it goes with the glue of the whole one. */
const BROWSER_WASM = "vision_browser_bg.wasm";
/** What is made; listed, so that leftovers are noticed. */
const PACKAGE_FILES = [
  ...["vision.d.ts", "vision.js", "vision_bg.wasm", "vision_bg.wasm.d.ts", BROWSER_WASM],
];
const BROWSER_FOLDER = "../target/browser";
const TARGET = "wasm32-unknown-unknown";

/** Environment of a Rust toolchain that has the target. */
type ToolchainEnv = Record<string, string>;

/**
 * Where a toolchain may be: the one on the path (rustup's, as a rule), else Debian's, which
 * brings no linker for WASM under the name that rustc looks for.
 */
async function toolchains(): Promise<ToolchainEnv[]> {
  const isDebian = await output("rustc", ["--print", "sysroot"]) === "/usr";
  const candidates: ToolchainEnv[] = isDebian ? [] : [{}];
  const linkers: string[] = [];
  for await (const { name } of Deno.readDir("/usr/bin")) {
    if (/^wasm-ld(-\d+)?$/.test(name)) linkers.push(`/usr/bin/${name}`);
  }
  for (const linker of linkers.sort()) {
    candidates.push({
      RUSTC: "/usr/bin/rustc",
      CARGO: "/usr/bin/cargo",
      PATH: `/usr/bin:${Deno.env.get("PATH") ?? ""}`,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker,
    });
  }
  return candidates;
}

/** Standard output of a command, or undefined when it is missing or fails. */
async function output(
  command: string,
  args: string[],
  env: ToolchainEnv = {},
): Promise<string | undefined> {
  try {
    const result = await new Deno.Command(command, { args, env, cwd: CRATE, stderr: "null" })
      .output();
    return result.success ? new TextDecoder().decode(result.stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function hasTarget(env: ToolchainEnv): Promise<boolean> {
  const args = ["--print", "target-libdir", "--target", TARGET];
  const folder = await output(env.RUSTC ?? "rustc", args, env);
  if (folder === undefined) return false;
  try {
    for await (const { name } of Deno.readDir(folder)) if (name.startsWith("libstd-")) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}

async function findToolchain(): Promise<ToolchainEnv | undefined> {
  for (const env of await toolchains()) if (await hasTarget(env)) return env;
  return undefined;
}

/** Paths of all files under `folder`, relative to the workspace, sorted by code unit. */
async function filesUnder(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, WORKSPACE))) {
    const path = `${folder}${entry.name}`;
    paths.push(...entry.isDirectory ? await filesUnder(`${path}/`) : [path]);
  }
  return paths.sort();
}

/** SHA-256 over name, length and bytes of each file, in the order given. */
async function hashOf(base: URL, paths: string[]): Promise<string> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const path of paths) {
    const bytes = await Deno.readFile(new URL(path, base));
    parts.push(new TextEncoder().encode(`${path}\n${bytes.length}\n`), bytes);
  }
  const all = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex();
}

/** The text that `source-hash.txt` should have for the files as they are. */
async function currentHashes(): Promise<string> {
  const sources = [...SOURCE_FILES, ...await filesUnder("vision/src/")].sort();
  return `sources ${await hashOf(WORKSPACE, sources)}\npackage ${await hashOf(
    PACKAGE,
    PACKAGE_FILES,
  )}\n`;
}

function complain(sentence: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${sentence}\n`));
}

/** Has wasm-pack build into a folder beside the crate; gives its exit code. */
async function pack(folder: string, flags: string[], env: ToolchainEnv): Promise<number> {
  const words = `build --mode no-install --release --target web --no-pack --out-dir ${folder}`;
  const args = [...words.split(" "), "--", "--locked", ...flags];
  return (await new Deno.Command("wasm-pack", { args, env, cwd: CRATE }).spawn().status).code;
}

async function build(): Promise<number> {
  if (await output("wasm-pack", ["--version"]) === undefined) {
    complain("Cannot find wasm-pack. Install it: cargo install wasm-pack");
    return 1;
  }
  const env = await findToolchain();
  if (env === undefined) {
    complain(
      `Cannot find a Rust toolchain with the ${TARGET} target. Install it: ` +
        `rustup target add ${TARGET} (or, from packages, a rustc with the target and lld)`,
    );
    return 1;
  }
  // The glue and the tool must be of one version; a tool on the path saves wasm-pack the download.
  const manifest = await Deno.readTextFile(new URL("Cargo.toml", CRATE));
  const wanted = /^wasm-bindgen = "=(.+)"$/m.exec(manifest)?.[1];
  const installed = (await output("wasm-bindgen", ["--version"]))?.split(" ").at(1);
  if (installed !== wanted) {
    complain(
      `Cannot find wasm-bindgen ${wanted} (found ${installed ?? "none"}). Install it: ` +
        `cargo install wasm-bindgen-cli --version ${wanted}`,
    );
    return 1;
  }
  // Panic messages name the files they are in: not by this machine's folders.
  const home = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME")}/.cargo`;
  const workspace = decodeURI(WORKSPACE.pathname).replace(/\/$/, "");
  const remap = [`${home}=cargo`, `${workspace}=crates`].map((map) => `--remap-path-prefix=${map}`);
  // The crate has SIMD code of its own anyway; for the JPEG decoder, which has none for WASM, the
  // compiler then makes some: it takes two thirds of the time.
  env.RUSTFLAGS = ["-C target-feature=+simd128", ...remap].join(" ");
  const code = await pack("pkg", [], env) ||
    await pack(BROWSER_FOLDER, ["--no-default-features"], env);
  if (code !== 0) return code;
  await Deno.copyFile(
    new URL(`${BROWSER_FOLDER}/vision_bg.wasm`, CRATE),
    new URL(BROWSER_WASM, PACKAGE),
  );
  // wasm-pack hides the folder from git; ours is committed.
  await Deno.remove(new URL(".gitignore", PACKAGE)).catch(() => {});
  await Deno.writeTextFile(HASH_FILE, await currentHashes());
  return 0;
}

async function check(): Promise<number> {
  const recorded = await Deno.readTextFile(HASH_FILE).catch(() => "");
  if (recorded === await currentHashes()) return 0;
  complain(
    "crates/vision/pkg was not built from the sources as they are. Rebuild it: deno task wasm",
  );
  return 1;
}

if (import.meta.main) {
  Deno.exit(Deno.args.includes("--check") ? await check() : await build());
}
