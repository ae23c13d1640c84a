import { feed, type FileFact, type RunningHash, startHash } from "./file_hash.ts";
import { type Answer, ask, hostOf, type Resume, SourceError } from "./http_source.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Those that were here before count too. */
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
  /** Stops it; what has come stays and is continued by the next download. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Told what went wrong with a source before the next one is asked. */
  readonly onNote: (sentence: string) => void;
}

/** A file that has come. */
export interface Downloaded extends FileFact {
  /** Where it is, still under its `.part` name: the caller gives it its own. */
  readonly partPath: string;
  /** The one of `urls` that it came from. */
  readonly url: string;
}

/** A source that breaks off is asked again this often, as long as each time brings something. */
const TRIES = 4;

/** Why there is no file, as sentences. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/**
 * Downloads a file from the first source that has it, and hashes it on the way. What an earlier
 * download left behind is continued where the source says that its file is still the same.
 *
 * @throws {DownloadError} If no source has it; what came with the wrong bytes is deleted.
 * @throws Reason of `signal`.
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const failures: SourceError[] = [];
  const { urls, onNote } = options;
  for (const [at, url] of urls.entries()) {
    try {
      return await fromSource(url, options);
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
  for (let left = TRIES;; left--) {
    const part = new Part(options.path, url);
    const before = await part.bytes();
    try {
      return await oneTry(part, options);
    } catch (error) {
      const isWorthIt = error instanceof SourceError && error.kind === "broken" && left > 1;
      if (!isWorthIt || await part.bytes() <= before) throw error;
      options.onNote(`${error.message}. Continuing.`);
    }
  }
}

async function oneTry(part: Part, options: DownloadOptions): Promise<Downloaded> {
  const { wanted, maxBytes, onProgress } = options;
  using watch = new Watch(options.stallMs, options.signal, hostOf(part.url));
  const resume = await part.resume(wanted !== null);
  const answer = await ask(part.url, { resume, signal: watch.signal }).catch((error) => {
    throw watch.signal.aborted ? watch.signal.reason : error;
  });
  const { fromBytes, totalBytes } = answer;
  const fault = totalBytes === null ? null : sizeFault(totalBytes, wanted, maxBytes);
  if (fault !== null) {
    await answer.body.cancel();
    throw new SourceError("refused", `${hostOf(part.url)} has a file of ${fault}`);
  }
  const hash = startHash();
  await part.begin(answer, hash);
  let receivedBytes = fromBytes;
  onProgress({ receivedBytes, totalBytes });
  using file = await part.open();
  try {
    for await (const chunk of answer.body) {
      watch.alive();
      receivedBytes += chunk.length;
      const isTooMuch = sizeFault(receivedBytes, null, wanted?.bytes ?? maxBytes) !== null;
      if (isTooMuch) throw new TooMuch();
      hash.update(chunk);
      writeWhole(file, chunk, part.path);
      onProgress({ receivedBytes, totalBytes });
    }
  } catch (error) {
    if (error instanceof TooMuch) {
      await part.remove();
      const limit = wanted?.bytes ?? maxBytes;
      throw new SourceError("refused", `${hostOf(part.url)} sends more than ${limit} bytes`);
    }
    if (watch.signal.aborted) throw watch.signal.reason;
    if (error instanceof DownloadError) throw error;
    throw new SourceError("broken", brokenOff(part.url, receivedBytes, totalBytes), {
      cause: error,
    });
  }
  if (totalBytes !== null && receivedBytes < totalBytes) {
    throw new SourceError("broken", brokenOff(part.url, receivedBytes, totalBytes));
  }
  const is: FileFact = { bytes: receivedBytes, sha256: hash.hex() };
  if (wanted !== null && (is.bytes !== wanted.bytes || is.sha256 !== wanted.sha256)) {
    await part.remove();
    // It may be the part from before that is wrong.
    if (fromBytes > 0) return await oneTry(part, options);
    throw new SourceError(
      "refused",
      `the file from ${
        hostOf(part.url)
      } has ${is.bytes} bytes and the SHA-256 ${is.sha256}, expected ${wanted.bytes} bytes and ${wanted.sha256}; it was deleted`,
    );
  }
  await part.forgetSource();
  return { ...is, partPath: part.path, url: part.url };
}

class TooMuch extends Error {}

/** @throws {DownloadError} As of a full disk: no other source would help. */
function writeWhole(file: Deno.FsFile, chunk: Uint8Array, path: string): void {
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

function brokenOff(url: string, bytes: number, total: number | null): string {
  return `${hostOf(url)} broke off after ${bytes}${total === null ? "" : ` of ${total}`} bytes`;
}

/** A file that is not whole yet, and beside it from where it comes. */
class Part {
  readonly path: string;
  readonly url: string;
  readonly #sourcePath: string;

  constructor(path: string, url: string) {
    this.path = `${path}.part`;
    this.url = url;
    this.#sourcePath = `${path}.part.json`;
  }

  async bytes(): Promise<number> {
    return (await Deno.stat(this.path).catch(absent))?.size ?? 0;
  }

  /** What can be continued. @param isKnown Whether a wrong part would be noticed in the end. */
  async resume(isKnown: boolean): Promise<Resume | null> {
    const fromBytes = await this.bytes();
    if (fromBytes === 0) return null;
    const text = await Deno.readTextFile(this.#sourcePath).catch(absent);
    const source = text === null ? null : parseSource(text);
    if (source?.url !== this.url) return null;
    return source.validator === null && !isKnown
      ? null
      : { fromBytes, validator: source.validator };
  }

  /** Makes the part what the answer continues, and hashes what of it there is. */
  async begin({ fromBytes, validator }: Answer, hash: RunningHash): Promise<void> {
    if (fromBytes === 0) await Deno.writeFile(this.path, new Uint8Array(0));
    else await feed(this.path, hash);
    const source: PartSource = { url: this.url, validator };
    await Deno.writeTextFile(this.#sourcePath, JSON.stringify(source));
  }

  open(): Promise<Deno.FsFile> {
    return Deno.open(this.path, { append: true });
  }

  async forgetSource(): Promise<void> {
    await Deno.remove(this.#sourcePath).catch(absent);
  }

  async remove(): Promise<void> {
    await Deno.remove(this.path).catch(absent);
    await this.forgetSource();
  }
}

interface PartSource {
  readonly url: string;
  readonly validator: string | null;
}

function parseSource(text: string): PartSource | null {
  try {
    const { url, validator } = JSON.parse(text);
    return typeof url === "string" && (validator === null || typeof validator === "string")
      ? { url, validator }
      : null;
  } catch {
    return null;
  }
}

function absent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

/** Ends a download that stands still, or that is stopped. */
class Watch implements Disposable {
  readonly signal: AbortSignal;
  readonly #stall = new AbortController();
  readonly #stallMs: number;
  readonly #host: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stallMs: number, stop: AbortSignal, host: string) {
    this.#stallMs = stallMs;
    this.#host = host;
    this.signal = AbortSignal.any([stop, this.#stall.signal]);
    this.alive();
  }

  alive(): void {
    clearTimeout(this.#timer);
    const seconds = Math.round(this.#stallMs / 100) / 10;
    this.#timer = setTimeout(() => {
      const text = `${this.#host} sent nothing for ${seconds} s`;
      this.#stall.abort(new SourceError("broken", text));
    }, this.#stallMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
