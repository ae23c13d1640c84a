import { dirname } from "node:path";

// Files that have to be whole after a crash at any moment, on a full disk, and beside another process of
// ours that writes them as well. Nothing here is of the server alone: `deno task models` writes so, too.

/** Another process writes for moments only. */
const LOCK_MS = 10_000;
const LOCK_LOOK_MS = 20;

const LOCK_FILE = ".lock";

/**
 * Replaces a file in one step: who reads it sees the old one or the new one, after a crash as well. One
 * at a time: see {@linkcode withLock}.
 *
 * @param mode Who may read it. @default {0o600} Its owner only.
 */
export async function replaceFile(
  path: string,
  text: string,
  { mode = 0o600 }: { readonly mode?: number } = {},
): Promise<void> {
  const draft = `${path}.new`;
  await removeIfThere(draft);
  try {
    {
      using file = await Deno.open(draft, { write: true, createNew: true, mode });
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    }
    await placeFile(draft, path);
  } catch (error) {
    // On a full disk it would be in the way.
    await removeIfThere(draft).catch(() => {});
    throw error;
  }
}

/** Moves a finished file to its place, over what is there. It is on the disk before its name is. */
export async function placeFile(draft: string, path: string): Promise<void> {
  {
    using file = await Deno.open(draft, { read: true, write: true });
    await file.sync();
  }
  await Deno.rename(draft, path);
  await syncFolder(dirname(path));
}

/**
 * Does something while no other process of ours does it in the same folder, which is made if need be. The
 * system lets go of the lock when its holder dies.
 *
 * @param mode Of a new folder. @default {0o700} For its owner only.
 * @throws {Error} If another one holds it for ten seconds, or the folder cannot be written.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  { mode = 0o700 }: { readonly mode?: number } = {},
): Promise<T> {
  await Deno.mkdir(folder, { recursive: true, mode });
  using file = await Deno.open(`${folder}/${LOCK_FILE}`, {
    write: true,
    create: true,
    mode: 0o600,
  });
  const endMs = performance.now() + LOCK_MS;
  while (!await file.tryLock(true)) {
    if (performance.now() > endMs) {
      throw new LockedError(`Cannot lock ${folder}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
  return await work();
}

class LockedError extends Error {
  override readonly name = "LockedError";
}

/** Why a file could not be written, as the end of a sentence; `null`: that is not it. */
export function diskFault(error: unknown): string | null {
  if (error instanceof LockedError) return "another process of ours writes there";
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (code === "EROFS") return "the disk is read-only";
  if (code === "EACCES" || code === "EPERM") return "there is no permission";
  if (code === "ENOTDIR" || code === "EEXIST") return "a file is in the way";
  return code === "EIO" ? "the disk fails" : null;
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Else the new name might not outlive the loss of power. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    // Some file systems do not take it either.
  }
}
