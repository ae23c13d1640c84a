import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-common";
import {
  type ServedModel,
  type TensorFact,
  tensorFault,
  type WantedTensor,
  wantedTensors,
} from "@/protocol";
import { fromHalf, type HalfArray, halfArray, type SizePx, toHalf } from "@/vision";
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
   * @param inputPx One of the model's sizes; its own, the largest, where nothing is said.
   * @returns The head's raw output, good until the next run.
   */
  run(input: Float32Array, inputPx?: SizePx): Promise<Float32Array>;
  /** Median of a few warm runs on an empty input of the model's own size, ms. */
  readonly warmRunMs: number;
}

/** What a session is made from. */
export interface SessionSource {
  readonly model: ServedModel;
  /** Dimensions of the output that can be decoded for an input of this size, as `Vision` has them. */
  headShapeOf(inputPx: SizePx): readonly number[];
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
  const { input } = model;
  const wanted = wantedTensors(model, source.headShapeOf(input));
  const inputs = session.inputMetadata.map(factOf);
  refuse(model, tensorFault(model.file, wanted.input, inputs));
  refuse(model, tensorFault(model.file, wanted.output, session.outputMetadata.map(factOf)));

  const { name: inputName } = input;
  const isHalf = inputs.find(({ name }) => name === inputName)?.type === "float16";
  const outputName = model.head.name;
  const sized = new Map<string, SizedTensors>();

  function tensorsOf(inputPx: SizePx): SizedTensors {
    const name = `${inputPx.widthPx}x${inputPx.heightPx}`;
    let tensors = sized.get(name);
    if (tensors === undefined) {
      const headShape = source.headShapeOf(inputPx);
      const { input: { shape }, output } = wantedTensors({
        ...model,
        input: { ...input, ...inputPx },
      }, headShape);
      const toTensor = isHalf ? halfInput(ort, shape) : floatInput(ort, shape);
      tensors = { toTensor, output, widened: null };
      sized.set(name, tensors);
    }
    return tensors;
  }

  async function run(
    frame: Float32Array,
    inputPx: SizePx = input,
  ): Promise<Float32Array> {
    const tensors = tensorsOf(inputPx);
    const { type, data, dims: shape } =
      (await session.run({ [inputName]: tensors.toTensor(frame) }))[outputName]!;
    // Of sizes that a file gives by name, the first run tells the numbers.
    refuse(model, tensorFault(model.file, tensors.output, [{ name: outputName, type, shape }]));
    if (type === "float32") return data as Float32Array;
    tensors.widened ??= new Float32Array(data.length);
    fromHalf(data as unknown as HalfArray, tensors.widened);
    return tensors.widened;
  }

  return { run, warmRunMs: await warmUp(run, input) };
}

/** What the runs of one size share. */
interface SizedTensors {
  readonly toTensor: (input: Float32Array) => Tensor;
  readonly output: WantedTensor;
  widened: Float32Array | null;
}

type Ort = Awaited<ReturnType<typeof importRuntime>>;

function floatInput(ort: Ort, dims: readonly number[]): (input: Float32Array) => Tensor {
  let tensor: TypedTensor<"float32"> | null = null;
  return (input) => {
    // The view is the same from frame to frame unless the core's memory grew.
    if (tensor?.data !== input) tensor = new ort.Tensor("float32", input, dims);
    return tensor;
  };
}

function halfInput(ort: Ort, dims: readonly number[]): (input: Float32Array) => Tensor {
  const data = halfArray(dims.reduce((product, size) => product * size));
  // Its type says that the runtime takes bits only; it takes what the platform has.
  const tensor = new ort.Tensor("float16", data as unknown as Uint16Array, dims);
  return (input) => {
    toHalf(input, data);
    return tensor;
  };
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

async function warmUp(run: ModelSession["run"], inputPx: SizePx): Promise<number> {
  const input = new Float32Array(3 * inputPx.heightPx * inputPx.widthPx);
  await run(input, inputPx);
  const times: number[] = [];
  for (let i = 0; i < WARM_RUNS; i++) {
    const startMs = performance.now();
    await run(input, inputPx);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[WARM_RUNS >> 1]!;
}

function factOf(tensor: InferenceSession.ValueMetadata): TensorFact {
  return tensor.isTensor
    ? { name: tensor.name, type: tensor.type, shape: tensor.shape }
    : { name: tensor.name, type: null, shape: [] };
}

function refuse(model: ServedModel, fault: string | null): void {
  if (fault !== null) throw new DetectorError("model-shape", `${model.title}: ${fault}.`);
}

function outOfMemory(cause: unknown): DetectorError {
  return new DetectorError("out-of-memory", "This browser ran out of memory for the model.", {
    cause,
  });
}
