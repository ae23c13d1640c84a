import { type FileFact, hashFile } from "../../models/file_hash.ts";

/** What files are, each read again only when it is another one than before. */
export class FileFacts {
  readonly #known = new Map<string, { readonly mark: string; readonly fact: FileFact }>();

  /** @throws {Deno.errors.NotFound} And whatever else keeps a file from being read. */
  readonly of = async (path: string): Promise<FileFact> => {
    const mark = markOf(await Deno.stat(path));
    const known = this.#known.get(path);
    if (known?.mark === mark) return known.fact;
    this.#known.delete(path);
    const fact = await hashFile(path);
    this.#known.set(path, { mark, fact });
    return fact;
  };
}

/** Is another one when the file, or what is in a folder, is another one. */
export function markOf({ size, mtime, ino }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ino}`;
}
