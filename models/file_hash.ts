import { createHash } from "node:crypto";

/** What tells one file's content from another's. */
export interface FileFact {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Reads a file once, in pieces. */
export async function hashFile(path: string | URL): Promise<FileFact> {
  const hash = createHash("sha256");
  let bytes = 0;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Of content that is in memory. */
export function factOf(content: Uint8Array): FileFact {
  return { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}
