import { createHash } from "node:crypto";
import type { FileFact } from "./file_hash.ts";

/** How far a download is. */
export interface DownloadProgress {
  readonly receivedBytes: number;
  /** `null`: the source does not say. */
  readonly totalBytes: number | null;
}

/** What to download. */
export interface DownloadOptions {
  /** Where it is to be had, in the order of asking. */
  readonly urls: readonly string[];
  /** Where it goes; until it is whole and right, `.part` is added to the name. */
  readonly path: string;
  /** What it must be; `null`: not known. */
  readonly wanted: FileFact | null;
  readonly maxBytes: number;
  /** A source that sends nothing for so long is given up. */
  readonly stallMs: number;
  /** Stops it; nothing is left. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Told what went wrong before it is tried again, or at the next source. */
  readonly onNote: (sentence: string) => void;
}

/** A file that has come. */
export interface Downloaded extends FileFact {
  /** Where it is, still under its `.part` name: the caller gives it its own. */
  readonly partPath: string;
  /** The one of `urls` that it came from. */
  readonly url: string;
}

/** Why there is no file, as sentences. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** Why a source did not give its file, as a sentence without its end. */
class SourceError extends Error {
  override readonly name = "SourceError";
  /** `network`: nobody answered. `broken`: it broke off, and asking again may help. */
  readonly kind: "network" | "broken" | "refused";

  constructor(kind: SourceError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Downloads a file from the first source that has it, and hashes it on the way. Models are a few MB:
 * what broke off is asked for once more, from its beginning.
 *
 * @throws {DownloadError} If no source has it. Nothing of it is left then.
 * @throws Reason of `signal`.
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const failures: SourceError[] = [];
  const { urls, onNote } = options;
  for (const [at, url] of urls.entries()) {
    try {
      return await fromSource(url, options).catch((error) => {
        if (!(error instanceof SourceError) || error.kind !== "broken") throw error;
        onNote(`${error.message}. Trying again.`);
        return fromSource(url, options);
      });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failures.push(error);
      if (at + 1 < urls.length) onNote(`${error.message}. Trying ${hostOf(urls[at + 1]!)}.`);
    }
  }
  const reasons = failures.map(({ message }) => message).join("; ");
  const isOffline = failures.every(({ kind }) => kind === "network");
  throw new DownloadError(
    isOffline
      ? `Cannot download: ${reasons}. This computer seems to be offline; what is here already works without a network.`
      : `Cannot download: ${reasons}.`,
  );
}

async function fromSource(url: string, options: DownloadOptions): Promise<Downloaded> {
  const partPath = `${options.path}.part`;
  const host = hostOf(url);
  const stall = new AbortController();
  const stalled = () => {
    const seconds = Math.round(options.stallMs / 100) / 10;
    stall.abort(new SourceError("broken", `${host} sent nothing for ${seconds} s`));
  };
  let timer = setTimeout(stalled, options.stallMs);
  const signal = AbortSignal.any([options.signal, stall.signal]);
  try {
    const response = await ask(url, signal);
    const { bytes, sha256 } = await store(response, partPath, {
      ...options,
      host,
      onProgress: (progress) => {
        clearTimeout(timer);
        timer = setTimeout(stalled, options.stallMs);
        options.onProgress(progress);
      },
    });
    return { bytes, sha256, partPath, url };
  } catch (error) {
    await Deno.remove(partPath).catch(() => {});
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  // Lengths are of the bytes as they are.
  const headers = { "Accept-Encoding": "identity" };
  const response = await fetch(url, { headers, signal }).catch((cause) => {
    throw cause instanceof Deno.errors.NotCapable
      ? new SourceError(
        "refused",
        `${hostOf(url)} redirects to where \`deno task models\` may not connect`,
        { cause },
      )
      : new SourceError("network", `${hostOf(url)} cannot be reached`, { cause });
  });
  const isSafe = response.url.startsWith("https:") || !url.startsWith("https:");
  const fault = !isSafe
    ? `redirects to ${new URL(response.url).origin}, not to https`
    : response.status !== 200
    ? `answers with HTTP ${response.status}`
    : null;
  if (fault === null) return response;
  await response.body?.cancel();
  throw new SourceError("refused", `${hostOf(url)} ${fault}`);
}

/** Writes a file while it comes, and makes sure that it is the one that is wanted. */
async function store(
  response: Response,
  path: string,
  { host, wanted, maxBytes, onProgress }: DownloadOptions & { readonly host: string },
): Promise<FileFact> {
  const length = response.headers.get("content-length");
  const totalBytes = length === null ? null : Number(length);
  const fault = totalBytes === null ? null : sizeFault(totalBytes, wanted, maxBytes);
  if (fault !== null) {
    await response.body?.cancel();
    throw new SourceError("refused", `${host} has a file of ${fault}`);
  }
  const mostBytes = wanted?.bytes ?? maxBytes;
  const hash = createHash("sha256");
  let receivedBytes = 0;
  const brokenOff = (cause?: unknown) => {
    const ofTotal = totalBytes === null ? "" : ` of ${totalBytes}`;
    const text = `${host} broke off after ${receivedBytes}${ofTotal} bytes`;
    return new SourceError("broken", text, { cause });
  };
  onProgress({ receivedBytes, totalBytes });
  using file = await Deno.create(path);
  const reader = (response.body ?? new Blob().stream()).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw brokenOff(cause);
    });
    if (done) break;
    receivedBytes += value.length;
    if (receivedBytes > mostBytes) {
      await reader.cancel();
      throw new SourceError("refused", `${host} sends more than ${mostBytes} bytes`);
    }
    hash.update(value);
    writeAll(file, value, path);
    onProgress({ receivedBytes, totalBytes });
  }
  if (totalBytes !== null && receivedBytes < totalBytes) throw brokenOff();
  const is: FileFact = { bytes: receivedBytes, sha256: hash.digest("hex") };
  if (wanted === null || (is.bytes === wanted.bytes && is.sha256 === wanted.sha256)) return is;
  throw new SourceError(
    "refused",
    `the file from ${host} has ${is.bytes} bytes and the SHA-256 ${is.sha256}, expected ${wanted.bytes} bytes and ${wanted.sha256}; it was deleted`,
  );
}

/** @throws {DownloadError} As of a full disk: no other source would help. */
function writeAll(file: Deno.FsFile, chunk: Uint8Array, path: string): void {
  try {
    for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DownloadError(`Cannot write ${path}: ${reason}`, { cause: error });
  }
}

function sizeFault(bytes: number, wanted: FileFact | null, maxBytes: number): string | null {
  if (wanted !== null && bytes !== wanted.bytes) return `${bytes} bytes, expected ${wanted.bytes}`;
  return bytes > maxBytes ? `${bytes} bytes, more than the ${maxBytes} allowed` : null;
}

function hostOf(url: string): string {
  return new URL(url).host;
}
