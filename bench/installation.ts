import { ROOT } from "./server.ts";

/** What an installation that is built needs. */
const PARTS = [
  "client",
  "crates/vision",
  "deno.json",
  "deno.lock",
  "dist",
  "models",
  "node_modules",
  "server",
  "start.sh",
];

/** Belongs to the installation that it is in, or to none; the last two come and go where Deno starts. */
const NOT_TAKEN = new Set(["local", "target", ".deno.lock", ".deno.lock.poll"]);

/** The app in a folder of its own: what is done to its models leaves those of this one alone. */
export interface Installation extends AsyncDisposable {
  /** For `startServer()`; without a slash at its end. */
  readonly root: string;
}

/** Makes one from this one, which has to be built, and removes it at the end. Takes a second. */
export async function makeInstallation(): Promise<Installation> {
  // On the same disk, so that files need not be copied.
  await Deno.mkdir(`${ROOT}/.data`, { recursive: true });
  const root = await Deno.makeTempDir({ dir: `${ROOT}/.data`, prefix: "installation-" });
  const remove = () => Deno.remove(root, { recursive: true });
  try {
    await Deno.mkdir(`${root}/crates`);
    for (const part of PARTS) await take(`${ROOT}/${part}`, `${root}/${part}`);
  } catch (error) {
    await remove();
    throw error;
  }
  return { root, [Symbol.asyncDispose]: remove };
}

async function take(from: string, to: string): Promise<void> {
  const { isFile, isSymlink } = await Deno.lstat(from);
  if (isFile) return await Deno.link(from, to);
  if (isSymlink) return await Deno.symlink(await Deno.readLink(from), to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (!NOT_TAKEN.has(name)) await take(`${from}/${name}`, `${to}/${name}`);
  }
}
