import type { InferenceSession, TypedTensor } from "onnxruntime-common";
import type { ServedModel } from "@/protocol";
import { ORT_URLS } from "./build_constants.ts";
import { DetectorError, isOutOfMemory, textOf } from "./detector_error.ts";
import type { Backend } from "./worker_messages.ts";

// The only importer of onnxruntime-web.

/** Runs measured after the first, which compiles and is thrown away. */
const WARM_RUNS = 3;

/** One loaded model. */
export interface ModelSession {
  /**
   * Runs the model once.
   * @param input Planar, `[1, 3, heightPx, widthPx]`; read before the promise settles, not kept.
   * @returns The head's raw output; the caller owns it.
   */
  run(input: Float32Array): Promise<Float32Array>;
  /** Median of a few warm runs on an empty input, ms. */
  readonly warmRunMs: number;
}

/** What a session is made from. */
export interface SessionSource {
  readonly model: ServedModel;
  readonly modelBytes: Uint8Array;
  readonly runtimeBytes: Uint8Array<ArrayBuffer>;
  readonly backend: Backend;
  readonly threads: number;
}

/**
 * Makes a session, checks that the model is of the shape its manifest entry says, and warms it up.
 * @throws {DetectorError} With a sentence for the screen.
 */
export async function createSession(source: SessionSource): Promise<ModelSession> {
  const { model, backend } = source;
  const ort = await importRuntime(source);
  const session = await ort.InferenceSession
    .create(source.modelBytes, { executionProviders: [backend], graphOptimizationLevel: "all" })
    .catch((cause) => {
      if (isOutOfMemory(cause)) throw outOfMemory(cause);
      throw new DetectorError(
        "backend-failed",
        `${model.title} could not be started on ${backend}: ${textOf(cause)}`,
        { cause },
      );
    });
  checkShape(model, session);

  const { widthPx, heightPx, name: inputName } = model.input;
  const outputName = model.head.name;
  const dims = [1, 3, heightPx, widthPx];
  let tensor: TypedTensor<"float32"> | null = null;

  async function run(input: Float32Array): Promise<Float32Array> {
    // The view is the same from frame to frame unless the core's memory grew.
    if (tensor?.data !== input) tensor = new ort.Tensor("float32", input, dims);
    const outputs = await session.run({ [inputName]: tensor });
    const { data } = outputs[outputName]!;
    if (data instanceof Float32Array) return data;
    throw new DetectorError(
      "model-shape",
      `${model.title}: output "${outputName}" is not float32.`,
    );
  }

  return { run, warmRunMs: await warmUp(run, 3 * heightPx * widthPx) };
}

async function importRuntime({ backend, threads, runtimeBytes }: SessionSource) {
  const ort = backend === "webgpu"
    ? await import("onnxruntime-web/webgpu")
    : await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = ORT_URLS[backend];
  ort.env.wasm.wasmBinary = runtimeBytes.buffer;
  ort.env.logLevel = "error";
  return ort;
}

async function warmUp(run: ModelSession["run"], length: number): Promise<number> {
  const input = new Float32Array(length);
  await run(input);
  const times: number[] = [];
  for (let i = 0; i < WARM_RUNS; i++) {
    const startMs = performance.now();
    await run(input);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[WARM_RUNS >> 1]!;
}

function checkShape(model: ServedModel, session: InferenceSession): void {
  const { input, head } = model;
  const wanted = [1, 3, input.heightPx, input.widthPx];
  checkTensor(model, "input", session.inputMetadata, input.name, wanted);
  checkTensor(model, "output", session.outputMetadata, head.name, null);
}

function checkTensor(
  model: ServedModel,
  side: "input" | "output",
  tensors: readonly InferenceSession.ValueMetadata[],
  name: string,
  wanted: readonly number[] | null,
): void {
  const tensor = tensors.find((candidate) => candidate.name === name);
  const is = tensor === undefined
    ? `missing (the file has ${tensors.map((candidate) => candidate.name).join(", ")})`
    : !tensor.isTensor
    ? "not a tensor"
    : tensor.type !== "float32"
    ? tensor.type
    // A dimension given by name takes any size.
    : wanted !== null &&
        !wanted.every((size, axis) =>
          typeof tensor.shape[axis] === "string" || tensor.shape[axis] === size
        )
    ? `[${tensor.shape.join(", ")}]`
    : null;
  if (is === null) return;
  const want = wanted === null ? "float32" : `float32 [${wanted.join(", ")}]`;
  throw new DetectorError(
    "model-shape",
    `${model.file} does not fit its manifest entry: ${side} "${name}" is ${is}, expected ${want}.`,
  );
}

function outOfMemory(cause: unknown): DetectorError {
  return new DetectorError("out-of-memory", "This browser ran out of memory for the model.", {
    cause,
  });
}
