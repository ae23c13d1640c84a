import type { Tensor, TypedTensor } from "onnxruntime-common";
import {
  ModelTensors,
  type PictureTensor,
  type ServedModel,
  sizeFeed,
  type WantedSize,
} from "@/protocol";
import { HeadNumbers, inputData, medianRunMs, type SizePx } from "@/vision";
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
   * @param input Its axes in the order of the model's layout; read before the promise settles, not kept.
   * @param inputPx One of the model's sizes; its own, the largest, where nothing is said.
   * @returns The head's raw tensors in the order of the model's outputs, good until the next run.
   */
  run(input: Float32Array, inputPx?: SizePx): Promise<readonly Float32Array[]>;
  /** Median of a few warm runs on an empty input of the model's own size, ms. */
  readonly warmRunMs: number;
}

/** What a session is made from. */
export interface SessionSource {
  readonly model: ServedModel;
  /** Dimensions of the outputs that can be decoded for an input of this size, as `Vision` has them. */
  headShapesOf(inputPx: SizePx): readonly (readonly WantedSize[])[];
  readonly modelBytes: Uint8Array;
  /** From {@linkcode startRuntime}, for the same backend. */
  readonly ort: Ort;
  readonly backend: Backend;
}

/** How the runtime is started. */
export interface RuntimeSource {
  readonly backend: Backend;
  readonly threads: number;
  /** Its WASM, when that has come. */
  readonly loading: Promise<Uint8Array<ArrayBuffer>>;
  /** All is there, and it starts. */
  onStart(): void;
}

/**
 * Makes a session, checks that the model is of the shape its manifest entry says, and warms it up.
 * @throws {DetectorError} With a sentence for the screen.
 */
export async function createSession(source: SessionSource): Promise<ModelSession> {
  const { model, backend, ort } = source;
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
  const { headShapesOf } = source;
  const { inputMetadata, outputMetadata } = session;
  const tensors = new ModelTensors<Feed>({
    model,
    headShapesOf,
    inputMetadata,
    outputMetadata,
    refuse(fault) {
      throw new DetectorError("model-shape", `${model.title}: ${fault}.`);
    },
    feed: (input, { type, dims }) => ({
      toTensor: type === "float32" ? floatInput(ort, dims) : roundedInput(ort, { type, dims }),
      size: sizeFeed(input, (data, dims) => new ort.Tensor("int64", data, dims)),
    }),
  });
  const inputName = model.input.name;
  const names = model.head.outputs;
  const numbers = new HeadNumbers();

  async function run(
    input: Float32Array,
    inputPx: SizePx = model.input,
  ): Promise<readonly Float32Array[]> {
    const { toTensor, size } = tensors.feedOf(inputPx);
    const results = await session.run({ [inputName]: toTensor(input), ...size }, names);
    return numbers.read(tensors.outputsOf(inputPx, results));
  }

  const empty = new Float32Array(tensors.picture.dims.reduce((a, b) => a * b, 1));
  return { run, warmRunMs: await medianRunMs(() => run(empty), WARM_RUNS) };
}

/** What feeds the runs of one size. */
interface Feed {
  readonly toTensor: (input: Float32Array) => Tensor;
  readonly size: Record<string, Tensor>;
}

/** The runtime's own interface. */
export type Ort = Awaited<ReturnType<typeof importRuntime>>;

function floatInput(ort: Ort, dims: readonly number[]): (input: Float32Array) => Tensor {
  let tensor: TypedTensor<"float32"> | null = null;
  return (input) => {
    // The view is the same from frame to frame unless the core's memory grew.
    if (tensor?.data !== input) tensor = new ort.Tensor("float32", input, dims);
    return tensor;
  };
}

function roundedInput(ort: Ort, { type, dims }: PictureTensor): (input: Float32Array) => Tensor {
  const { data, write } = inputData(type, dims.reduce((a, b) => a * b, 1));
  // Its type says that the runtime takes bits of half precision only; it takes what the platform has.
  const tensor = new ort.Tensor(type as "uint8", data as unknown as Uint8Array, dims);
  return (input) => {
    write(input);
    return tensor;
  };
}

/**
 * Loads the runtime's JavaScript beside its WASM, and starts it before there is a model.
 * @throws As `loading` does, or if the JavaScript cannot be had.
 */
export async function startRuntime(
  { backend, threads, loading, onStart }: RuntimeSource,
): Promise<Ort> {
  const importing = importRuntime(backend);
  importing.catch(() => undefined);
  const bytes = await loading;
  const ort = await importing;
  onStart();
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = ORT_URLS[backend];
  ort.env.wasm.wasmBinary = bytes.buffer;
  ort.env.logLevel = "error";
  // It starts for a session only: this one has no model and is refused, once it has started. If it
  // cannot start, the next session is told why. Nobody waits for WebGPU, which is tried afterwards.
  const options = { executionProviders: [backend] };
  if (backend === "wasm") {
    await ort.InferenceSession.create(new Uint8Array(1), options).catch(() => undefined);
  }
  return ort;
}

async function importRuntime(backend: Backend) {
  return backend === "webgpu"
    ? await import("onnxruntime-web/webgpu")
    : await import("onnxruntime-web/wasm");
}

function outOfMemory(cause: unknown): DetectorError {
  return new DetectorError("out-of-memory", "This browser ran out of memory for the model.", {
    cause,
  });
}
