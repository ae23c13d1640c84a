import { MODEL_REFUSALS, type ModelRefusalCode } from "@/protocol";

/** Every refusal's HTTP status, and its sentence without its end. */
const REFUSALS: Readonly<Record<ModelRefusalCode, readonly [status: number, sentence: string]>> = {
  "remote": [403, "Models can be changed only at the computer that runs Peerlens"],
  "tunnelled": [403, "The models cannot be changed through the tunnel: open the page on localhost"],
  "proxied": [403, "The models cannot be changed through a proxy: open the page on localhost"],
  "cross-site": [403, "The request does not come from a page of this server"],
  "bad-request": [400, "This address does not know such a request"],
  "not-json": [415, "The body must be application/json"],
  "not-onnx": [415, "The body must be application/octet-stream"],
  "unknown-model": [404, "There is no such model"],
  "unknown-job": [404, "There is no such job, or it ended long ago"],
  "here-already": [409, "The model is here already"],
  "not-removable": [409, "The model was neither pulled nor added, so it is not deleted"],
  "not-for-download": [409, "The file cannot be downloaded"],
  "licence-needed": [409, "The licence sets conditions: agree to it first"],
  "too-many-jobs": [503, "Too many changes are waiting: try again when one is done"],
  "too-large": [413, "The file is too large for a model"],
  "too-slow": [408, "The upload stalled"],
  "broken": [400, "The body is incomplete"],
  "not-kept": [507, "Cannot write the file: the disk may be full"],
  "unavailable": [503, "Nothing can be changed: this server was not started with ./start.sh"],
};

/** Answers with refusals, and counts them. */
export class ModelRefusals {
  readonly #counts = new Map<ModelRefusalCode, number>();

  /** Since the start of the server, all of them. */
  get counts(): readonly (readonly [ModelRefusalCode, number])[] {
    return MODEL_REFUSALS.map((code) => [code, this.#counts.get(code) ?? 0] as const);
  }

  /** @param message In place of the usual sentence. */
  refuse(code: ModelRefusalCode, message?: string): Response {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const [status, sentence] = REFUSALS[code];
    const headers = { "Cache-Control": "no-store" };
    return Response.json({ code, message: message ?? sentence }, { status, headers });
  }

  /** The usual sentence. */
  sentenceOf(code: ModelRefusalCode): string {
    return REFUSALS[code][1];
  }
}
