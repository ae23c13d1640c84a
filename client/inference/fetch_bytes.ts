/** How far a download has come. */
export interface Progress {
  readonly loadedBytes: number;
  /** `null` where the server does not say. */
  readonly totalBytes: number | null;
  /** From this browser's own store, not from the network. */
  readonly cached: boolean;
}

/** Name of the store of runtime and model files; each is kept under a URL that names its hash. */
const CACHE_NAME = "peerlens";

/** The server states the size before compression here: Content-Length is the size after it. */
const LENGTH_HEADER = "X-Uncompressed-Length";

/** Thrown when the server does not have the file. */
export class FetchError extends Error {
  override readonly name = "FetchError";
  /** HTTP status; `null` when there was no answer. */
  readonly status: number | null;

  constructor(url: string, status: number | null, options?: ErrorOptions) {
    super(`Cannot load ${url}: ${status === null ? "no answer" : `HTTP ${status}`}`, options);
    this.status = status;
  }
}

/**
 * Loads a file whose URL names its content's hash: from the browser's store when it is there, else
 * from the server, and keeps it. The HTTP cache alone would not do: browsers do not use it on pages
 * with a self-signed certificate.
 *
 * @param verify Throws when the bytes are not what they should be; such bytes are not kept.
 * @throws {FetchError} If the server does not have it or does not answer.
 */
export async function fetchBytes(
  url: string,
  onProgress: (progress: Progress) => void,
  verify: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> = () => Promise.resolve(),
): Promise<Uint8Array<ArrayBuffer>> {
  const cache = await openCache();
  const kept = await cache?.match(url);
  if (kept !== undefined) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    const sound = await verify(bytes).then(() => true, () => false);
    if (sound) {
      onProgress({ loadedBytes: bytes.length, totalBytes: bytes.length, cached: true });
      return bytes;
    }
    await cache?.delete(url);
  }
  const bytes = await download(url, onProgress);
  await verify(bytes);
  // A full disk or a private window may refuse; the file is here all the same.
  await cache?.put(url, new Response(bytes)).catch(() => undefined);
  return bytes;
}

/** Forgets files of earlier versions: all of `folder` in the store that `current` does not name. */
export async function forgetOthers(folder: string, current: readonly string[]): Promise<void> {
  const cache = await openCache();
  for (const request of await cache?.keys() ?? []) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(folder) && !current.includes(pathname)) await cache?.delete(request);
  }
}

async function openCache(): Promise<Cache | null> {
  try {
    return await caches.open(CACHE_NAME);
  } catch {
    // There is none here, or it is shut.
    return null;
  }
}

async function download(
  url: string,
  onProgress: (progress: Progress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((cause) => {
    throw new FetchError(url, null, { cause });
  });
  if (!response.ok || response.body === null) throw new FetchError(url, response.status);
  const totalBytes = lengthOf(response);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let loadedBytes = 0;
  for (const reader = response.body.getReader();;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new FetchError(url, null, { cause });
    });
    if (done) break;
    chunks.push(value);
    loadedBytes += value.length;
    onProgress({ loadedBytes, totalBytes, cached: false });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function lengthOf(response: Response): number | null {
  const encoded = response.headers.has("Content-Encoding");
  const text = response.headers.get(LENGTH_HEADER) ??
    (encoded ? null : response.headers.get("Content-Length"));
  const length = Number(text);
  return text !== null && Number.isSafeInteger(length) && length > 0 ? length : null;
}
