import type { ServedModel } from "@/protocol";
import { initVision, type SizePx, VisionSet } from "@/vision";
import { ORT_URLS, VISION_WASM_URL } from "./build_constants.ts";
import { DetectorError, textOf } from "./detector_error.ts";
import { fetchBytes, FetchError, forgetOthers, type Progress } from "./fetch_bytes.ts";
import { LoadProgress } from "./load_progress.ts";
import { createSession, type ModelSession, startRuntime } from "./ort_session.ts";
import type { Backend, LoadPart, StartPart, ToWorker } from "./worker_messages.ts";

/** All that the frame path needs, warmed up. */
export interface LoadedDetector {
  readonly model: ServedModel;
  readonly visions: VisionSet;
  readonly session: ModelSession;
}

/** Whom loading tells how far it is. */
export interface LoadEvents {
  onProgress(progress: Progress & { part: LoadPart }): void;
  /** See {@linkcode StartWatch}. */
  onStarts(part: StartPart | null): void;
}

/**
 * Loads runtime, model and the Rust core, all at once.
 * @throws {DetectorError} With a sentence for the screen.
 */
export async function loadDetector(
  { model, backend, threads }: Extract<ToWorker, { kind: "load" }>,
  { onProgress, onStarts }: LoadEvents,
): Promise<LoadedDetector> {
  if (backend === "webgpu") await requireAdapter();
  const progress = new LoadProgress(onProgress);
  const runtimeBytes = loadRuntime(backend, progress);
  const onStart = () => onStarts("runtime");
  const runtime = startRuntime({ backend, threads, loading: runtimeBytes, onStart });
  const loading = loadModel(model, progress);
  const core = initVision(VISION_WASM_URL);
  // Of several failures the first in this order is told, whichever came first.
  for (const part of [loading, core]) part.catch(() => undefined);
  const ort = await runtime;
  onStarts(null);
  const modelBytes = await loading;
  await core;
  onStarts("model");
  const visions = new VisionSet({ input: model.input, head: model.head });
  const headShapesOf = (inputPx: SizePx) => visions.at(inputPx).headShapes;
  const source = { ort, model, headShapesOf, modelBytes, backend };
  const session = await createSession(source);
  void forgetOthers("/assets/", [ORT_URLS.wasm.wasm, ORT_URLS.webgpu.wasm]).catch(() => undefined);
  return { model, visions, session };
}

async function loadRuntime(backend: Backend, progress: LoadProgress) {
  const bytes = await fetchBytes(
    ORT_URLS[backend].wasm,
    (each) => progress.add("runtime", each),
  ).catch((cause) => {
    throw new DetectorError(
      "runtime-missing",
      `The inference runtime could not be loaded (${
        textOf(cause)
      }). Check that the server is running, then reload.`,
      { cause },
    );
  });
  progress.end("runtime");
  return bytes;
}

async function loadModel(model: ServedModel, progress: LoadProgress) {
  const bytes = await fetchBytes(
    model.url,
    (each) => progress.add("model", { ...each, totalBytes: model.bytes }),
    (bytes) => verifyModel(bytes, model),
  ).catch((cause) => {
    throw cause instanceof FetchError ? missingModel(model.file, cause) : cause;
  });
  progress.end("model");
  return bytes;
}

/** Asked before anything is downloaded: browsers have `navigator.gpu` on machines without a GPU too. */
async function requireAdapter(): Promise<void> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  const adapter = await gpu?.requestAdapter();
  if (adapter == null) throw new DetectorError("backend-failed", "No usable GPU.");
}

async function verifyModel(bytes: Uint8Array<ArrayBuffer>, model: ServedModel): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (bytes.length === model.bytes && hex === model.sha256) return;
  throw new DetectorError(
    "model-damaged",
    `${model.file} arrived damaged (${bytes.length} of ${model.bytes} bytes, or another content). Reload; if it stays, put the model on the server anew.`,
  );
}

function missingModel(file: string, cause: FetchError): DetectorError {
  const why = cause.status === null ? "the server does not answer" : `HTTP ${cause.status}`;
  return new DetectorError(
    "model-missing",
    `${file} could not be loaded: ${why}. Check that the server is running and has the model.`,
    { cause },
  );
}
