// Not `hono/deno`'s `serveStatic`: it has neither ETags nor lengths, and finds a compressed twin only
// beside its file and under its name, where models have theirs by hash in the build's folder.
import { createHash } from "node:crypto";

/** What a person does about pages that are not there. */
export const NOT_BUILT =
  "The pages are not built: run `deno task build`, or start with ./start.sh.";

/** What is asked of a file besides its bytes. */
export interface FileRequest {
  readonly method: string;
  readonly headers: Headers;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  mjs: "text/javascript; charset=utf-8",
  onnx: "application/octet-stream",
  png: "image/png",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  woff2: "font/woff2",
};

/** Names under which a request may ask for a file: one segment that cannot leave its folder. */
const SAFE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/;

/** For what its name tells the content of. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/** Best first; the client build writes a twin of each kind. */
const ENCODINGS = [["br", ".br"], ["gzip", ".gz"]] as const;

/**
 * Answers with a file whose name carries its hash: kept for ever, compressed when the browser takes
 * it and the build has made it. `X-Uncompressed-Length` lets a page show progress all the same.
 *
 * @returns `null` if there is no such file, or its name is none of ours.
 */
export async function serveHashed(
  folder: string,
  name: string,
  request: FileRequest,
): Promise<Response | null> {
  if (!SAFE_NAME.test(name)) return null;
  const path = `${folder}/${name}`;
  const size = await sizeOf(path);
  if (size === null) return null;
  const etag = `"${name}"`;
  const headers = new Headers({
    "Cache-Control": IMMUTABLE,
    "Content-Type": typeOf(name),
    "ETag": etag,
    "Vary": "Accept-Encoding",
  });
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  return await respondCompressed({ path, size, twin: path }, request, headers);
}

/** With the best twin that is there and that the browser takes, else with the file itself. */
async function respondCompressed(
  { path, size, twin }: { readonly path: string; readonly size: number; readonly twin: string },
  { headers: asked, method }: FileRequest,
  headers: Headers,
): Promise<Response> {
  const accepted = asked.get("accept-encoding") ?? "";
  for (const [encoding, suffix] of ENCODINGS) {
    const encodedSize = accepts(accepted, encoding) ? await sizeOf(twin + suffix) : null;
    if (encodedSize === null) continue;
    headers.set("Content-Encoding", encoding);
    headers.set("X-Uncompressed-Length", String(size));
    return await respond(twin + suffix, encodedSize, { headers, method });
  }
  return await respond(path, size, { headers, method });
}

/** Answers with a small file that may change, by the hash of its content. `null` if absent. */
export async function serveTagged(path: string, request: FileRequest): Promise<Response | null> {
  const bytes = await Deno.readFile(path).catch(absent);
  if (bytes === null) return null;
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const headers = { "Cache-Control": "no-cache", "Content-Type": typeOf(path), "ETag": etag };
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  return new Response(bytes, { headers });
}

/**
 * Answers with a file known by its content's hash, in pieces: a model does not fit in memory twice.
 * @param twins Folder in which the build puts compressed ones, by that hash.
 */
export async function serveByHash(
  { path, sha256, twins }: {
    readonly path: string;
    readonly sha256: string;
    readonly twins: string;
  },
  request: FileRequest,
): Promise<Response | null> {
  const size = await sizeOf(path);
  if (size === null) return null;
  const etag = `"${sha256}"`;
  const headers = new Headers({
    "Cache-Control": IMMUTABLE,
    "Content-Type": typeOf(path),
    "ETag": etag,
    "Vary": "Accept-Encoding",
  });
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  return await respondCompressed({ path, size, twin: `${twins}/${sha256}` }, request, headers);
}

/** Whether a file is there. */
export async function isFile(path: string): Promise<boolean> {
  return await sizeOf(path) !== null;
}

async function respond(
  path: string,
  size: number,
  { headers, method }: { headers: Headers; method: string },
): Promise<Response> {
  headers.set("Content-Length", String(size));
  if (method === "HEAD") return new Response(null, { headers });
  const file = await Deno.open(path);
  return new Response(file.readable, { headers });
}

async function sizeOf(path: string): Promise<number | null> {
  const info = await Deno.stat(path).catch(absent);
  return info?.isFile ? info.size : null;
}

function absent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return null;
  }
  throw error;
}

function typeOf(path: string): string {
  return TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
}

function isUnchanged(request: FileRequest, etag: string): boolean {
  const tags = (request.headers.get("if-none-match") ?? "").split(",");
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** RFC 9110 section 12.5.3, without weights between encodings: we offer the smaller one first. */
function accepts(header: string, encoding: string): boolean {
  return header.split(",").some((item) => {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
