import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Code, and the packages with their native parts. */
const OWN_FOLDERS = ["server", "crates/vision", "node_modules", "deno.json"];

/** Read on Linux by node-datachannel, to tell which C library its native part is to go with. */
const LIBC_CLUE = "/usr/bin/ldd";

/** Asked for on Linux to the same end, where that file is missing. */
const LIBC_FACTS = ["cpus", "networkInterfaces", "hostname"];

/**
 * The least that a process with native code needs, as flags of `deno run`: to read code and `folders`, and
 * to load the native parts of packages. It writes and runs nothing, reads no variable, and opens no
 * connection through Deno. Native code is bound by none of this: node-datachannel opens UDP ports of its
 * own. That is why it is in a process apart.
 */
export function nativeCodePermissions(folders: readonly string[]): string[] {
  const own = OWN_FOLDERS.map((path) => `${ROOT}${path}`);
  const read = [...own, LIBC_CLUE, ...folders];
  return [
    "--no-prompt",
    `--allow-read=${read.map(escapeComma).join(",")}`,
    `--allow-ffi=${escapeComma(`${ROOT}node_modules`)}`,
    `--allow-sys=${LIBC_FACTS.join(",")}`,
  ];
}

/** A comma separates paths in these flags; two of them stand for one in a name. */
function escapeComma(path: string): string {
  return path.replaceAll(",", ",,");
}
