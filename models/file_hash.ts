import { createHash } from "node:crypto";

/** What tells one file's content from another's. */
export interface FileFact {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A hash that grows with the bytes that come. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Ends it. */
  hex(): string;
}

/** Begins a SHA-256. */
export function startHash(): RunningHash {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}

/** Reads a file once, in pieces. */
export async function hashFile(path: string | URL): Promise<FileFact> {
  const hash = startHash();
  const bytes = await feed(path, hash);
  return { bytes, sha256: hash.hex() };
}

/** Gives a file's bytes to a hash. @returns How many there were. */
export async function feed(path: string | URL, hash: RunningHash): Promise<number> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 18);
  let bytes = 0;
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    hash.update(buffer.subarray(0, read));
    bytes += read;
  }
  return bytes;
}
