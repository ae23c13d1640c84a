import { UPLOADS } from "./orders.ts";

/** Somebody who sends nothing for so long has gone. */
const STALL_MS = 30_000;

/** Why a file was not taken. */
export type UploadFault = "too-large" | "too-slow" | "broken" | "not-kept";

/** What is to become of a body. */
export interface UploadOptions {
  /** Name of the file. */
  readonly file: string;
  readonly maxBytes: number;
  readonly onProgress: (receivedBytes: number, totalBytes: number | null) => void;
}

/** Files on their way in, each in a folder of its own below the server's data folder. */
export class Uploads {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = `${dataDir}/${UPLOADS}`;
  }

  /** Deletes what an earlier run of the server has left. */
  async clear(): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true }).catch(() => undefined);
  }

  /** Writes the body of a request, piece by piece. @returns Name of the folder, or why there is none. */
  async take(request: Request, options: UploadOptions): Promise<{ id: string } | UploadFault> {
    const totalBytes = lengthOf(request.headers);
    if (totalBytes !== null && totalBytes > options.maxBytes) return "too-large";
    const id = crypto.randomUUID().replaceAll("-", "");
    const fault = await this.#write(request, id, { ...options, totalBytes });
    if (fault === null) return { id };
    await this.remove(id);
    return fault;
  }

  /** Deletes a file that is not needed any more. */
  async remove(id: string): Promise<void> {
    await Deno.remove(`${this.#folder}/${id}`, { recursive: true }).catch(() => undefined);
  }

  async #write(
    request: Request,
    id: string,
    { file, maxBytes, totalBytes, onProgress }: UploadOptions & {
      readonly totalBytes: number | null;
    },
  ): Promise<UploadFault | null> {
    const reader = request.body?.getReader();
    if (reader === undefined) return "broken";
    let output: Deno.FsFile;
    try {
      await Deno.mkdir(`${this.#folder}/${id}`, { recursive: true, mode: 0o700 });
      output = await Deno.open(`${this.#folder}/${id}/${file}`, { write: true, createNew: true });
    } catch {
      reader.cancel().catch(() => {});
      return "not-kept";
    }
    using _output = output;
    let bytes = 0;
    for (;;) {
      const part = await readWithin(reader, STALL_MS);
      if (typeof part === "string") return part;
      if (part.value === undefined) break;
      bytes += part.value.length;
      if (bytes > maxBytes) {
        reader.cancel().catch(() => {});
        return "too-large";
      }
      if (!await isWritten(output, part.value)) {
        reader.cancel().catch(() => {});
        return "not-kept";
      }
      onProgress(bytes, totalBytes);
    }
    return bytes === 0 || (totalBytes !== null && bytes !== totalBytes) ? "broken" : null;
  }
}

async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  limitMs: number,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | "too-slow" | "broken"> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, limitMs);
  try {
    const part = await reader.read();
    return isLate ? "too-slow" : part;
  } catch {
    return isLate ? "too-slow" : "broken";
  } finally {
    clearTimeout(timer);
  }
}

async function isWritten(file: Deno.FsFile, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    return true;
  } catch {
    return false;
  }
}

function lengthOf(headers: Headers): number | null {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
