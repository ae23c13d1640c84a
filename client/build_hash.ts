/** What the client is built from: folders and files below the repo's root. */
export const SOURCES = [
  "client",
  "server/protocol",
  "crates/vision",
  // Those that come with the repository: their compressed twins are a part of the build.
  "models/manifest.json",
  "deno.json",
  "deno.lock",
] as const;

/** Of the crate, Rust's own: what becomes of it is in `pkg`. */
const SKIPPED_FOLDERS = /\/(src|target|testing|tests)\/$/;

/**
 * SHA-256 in hex over the path and content of every file that the client build reads, in the order
 * of their paths; tests are left out, since no build contains them.
 */
export async function sourceHash(root: URL): Promise<string> {
  const files: URL[] = [];
  for (const source of SOURCES) await collect(new URL(source, root), files);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (const file of files.sort((a, b) => a.href < b.href ? -1 : 1)) {
    const content = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
    chunks.push(new TextEncoder().encode(`\n${file.href.slice(root.href.length)} `));
    chunks.push(new Uint8Array(content));
  }
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(chunks).arrayBuffer());
  return new Uint8Array(digest).toHex();
}

async function collect(path: URL, files: URL[]): Promise<void> {
  if (SKIPPED_FOLDERS.test(`${path.pathname}/`)) return;
  const info = await Deno.stat(path);
  if (info.isFile) {
    if (!/_test\.tsx?$/.test(path.pathname)) files.push(path);
    return;
  }
  for await (const entry of Deno.readDir(path)) {
    await collect(new URL(entry.name, `${path.href}/`), files);
  }
}
