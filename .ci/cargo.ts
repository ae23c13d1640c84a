import { DENO, exists, ROOT, run } from "./process.ts";

/** Counts over all of cargo's test binaries. */
export interface CargoCounts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Adds up the `test result:` lines of `cargo test`; one for each binary and one for doc tests. */
export function parseCargoTest(text: string): CargoCounts {
  const line = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm;
  const counts = { passed: 0, failed: 0, ignored: 0 };
  for (const [, passed, failed, ignored] of text.matchAll(line)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.ignored += Number(ignored);
  }
  return counts;
}

/** Where cargo's workspace is, relative to the root. */
export const CRATES = "crates";

/** A cargo that can build the crates, or why there is none. */
export type Cargo = { readonly path: string } | { readonly missing: string };

/**
 * Looks for cargo on PATH and where rustup puts it. It is asked for its version inside the
 * workspace, because rustup's stand-in fails there when the pinned toolchain is not installed.
 */
export async function findCargo(): Promise<Cargo> {
  if (!exists(`${CRATES}/Cargo.toml`)) return { missing: "no crates" };
  for (const path of ["cargo", `${Deno.env.get("HOME") ?? ""}/.cargo/bin/cargo`]) {
    const version = await cargo(path, ["--version"]);
    if (version.code === 0) return { path };
    if (version.code !== 127) return { missing: `no Rust (${version.text.trim().split("\n")[0]})` };
  }
  return { missing: "no Rust" };
}

/** Whether a part of the toolchain, `clippy` or `fmt`, is installed. */
export async function hasComponent(path: string, subcommand: string): Promise<boolean> {
  // A part of cargo itself, and it takes no --version.
  if (subcommand === "test") return true;
  return (await cargo(path, [subcommand, "--version"])).code === 0;
}

/** Runs cargo in the workspace. */
export function cargo(path: string, args: readonly string[]) {
  return run([path, ...args], {
    cwd: `${ROOT}/${CRATES}`,
    output: "keep",
    env: { CARGO_TERM_COLOR: "never" },
  });
}

/** The check that the committed WASM package is what the committed Rust sources give. */
export function wasmCheck() {
  return run([DENO, "task", "wasm:check"], { output: "keep" });
}

/** Arguments of each check of the Rust sources. */
export const RUST_CHECKS = {
  fmt: ["fmt", "--all", "--check"],
  clippy: ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
  test: ["test", "--workspace", "--locked"],
} as const;
