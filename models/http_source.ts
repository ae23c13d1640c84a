/** Why a source did not give its file, as a sentence without its end. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  /** `network`: nobody answered. `broken`: it broke off, and asking again may help. */
  readonly kind: "network" | "broken" | "refused";

  constructor(kind: SourceError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Which part of a file to ask for: what follows so many bytes, if it is still the same file. */
export interface Resume {
  readonly fromBytes: number;
  /** A strong ETag or a date; `null`: whoever asks can tell otherwise. */
  readonly validator: string | null;
}

/** A file on its way. */
export interface Answer {
  /** Bytes of the file before the first of `body`: 0, or those that were asked for. */
  readonly fromBytes: number;
  /** Of the whole file; `null`: not said. */
  readonly totalBytes: number | null;
  /** By which the same file is known again. */
  readonly validator: string | null;
  readonly body: ReadableStream<Uint8Array>;
}

const MAX_REDIRECTS = 5;

/**
 * Asks for a file, or for its rest.
 * @throws {SourceError} If it is not to be had there.
 */
export async function ask(
  url: string,
  { resume, signal }: { readonly resume: Resume | null; readonly signal: AbortSignal },
): Promise<Answer> {
  // Ranges and lengths are of the bytes as they are.
  const headers = new Headers({ "Accept-Encoding": "identity" });
  if (resume !== null) {
    headers.set("Range", `bytes=${resume.fromBytes}-`);
    if (resume.validator !== null) headers.set("If-Range", resume.validator);
  }
  const response = await follow(url, { headers, signal });
  const { status } = response;
  const validator = validatorOf(response.headers);
  if (status === 206 && resume !== null) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    if (range !== null && Number(range[1]) === resume.fromBytes) {
      const totalBytes = range[2] === "*" ? null : Number(range[2]);
      return { fromBytes: resume.fromBytes, totalBytes, validator, body: bodyOf(response) };
    }
  }
  // Its end was reached, or it is another and shorter file now: from the beginning, then.
  const isUseless = status === 206 || (status === 416 && resume !== null);
  if (isUseless) {
    await response.body?.cancel();
    return await ask(url, { resume: null, signal });
  }
  if (status !== 200) {
    await response.body?.cancel();
    throw new SourceError("refused", `${hostOf(url)} answers with HTTP ${status}`);
  }
  const length = response.headers.get("content-length");
  const totalBytes = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
  return { fromBytes: 0, totalBytes, validator, body: bodyOf(response) };
}

/** Name of the computer that a URL is about. */
export function hostOf(url: string): string {
  return new URL(url).host;
}

/** Release files are on another host than their address: redirects are followed, within bounds. */
async function follow(
  url: string,
  { headers, signal }: { headers: Headers; signal: AbortSignal },
): Promise<Response> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(at, { headers, signal, redirect: "manual" })
      .catch((cause) => {
        throw signal.aborted ? signal.reason : unreached(at, cause);
      });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, at)) {
      throw new SourceError("refused", `${hostOf(at)} redirects to no address`);
    }
    const next = new URL(location, at);
    // Whoever listens to plain HTTP could put another file in its place.
    if (next.protocol !== "https:" && next.protocol !== new URL(url).protocol) {
      throw new SourceError("refused", `${hostOf(at)} redirects to ${next.origin}, not to https`);
    }
    at = next.href;
  }
  throw new SourceError("refused", `${hostOf(url)} redirects more than ${MAX_REDIRECTS} times`);
}

function unreached(url: string, cause: unknown): SourceError {
  if (cause instanceof Deno.errors.NotCapable) {
    const text = `it redirects to ${hostOf(url)}, which \`deno task models\` may not connect to`;
    return new SourceError("refused", text, { cause });
  }
  return new SourceError("network", `${hostOf(url)} cannot be reached`, { cause });
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
}

/** RFC 9110 section 13.1.5: a weak ETag must not be used to join parts. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get("etag");
  return etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified");
}
