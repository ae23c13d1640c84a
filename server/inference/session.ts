import { basename } from "node:path";
import ort from "onnxruntime-node";
import {
  type ModelEntry,
  type TensorFact,
  tensorFault,
  versionFaultIn,
  type WantedTensor,
  wantedTensors,
} from "@/protocol";
import { fromHalf, type HalfArray, halfArray, type SizePx, toHalf } from "@/vision";

// The only importer of onnxruntime-node. Its run() is asynchronous in name only: the native call
// blocks the thread it is made on, so sessions live in Workers (`lane_worker.ts`).

/** What onnxruntime can run a model on. */
export type ProviderName = "cpu" | "cuda" | "dml" | "coreml";

/** Runs measured after the first, which allocates and is thrown away. */
const WARM_RUNS = 5;

/** One loaded model. */
export interface ModelSession {
  readonly provider: ProviderName;
  /** Median of a few warm runs on an empty input of the model's own size, ms. */
  readonly runMs: number;
  /**
   * Runs the model once.
   * @param input Planar, `[1, 3, heightPx, widthPx]`; not kept.
   * @param inputPx One of the model's sizes; its own, the largest, where nothing is said.
   * @returns The head's raw output, good until the next run.
   */
  run(input: Float32Array, inputPx?: SizePx): Promise<Float32Array>;
  /** Frees it. */
  close(): Promise<void>;
}

/** What a session is made from. */
export interface SessionSource {
  readonly entry: ModelEntry;
  readonly path: string;
  /** Dimensions of the output that can be decoded for an input of this size, as `Vision` has them. */
  headShapeOf(inputPx: SizePx): readonly number[];
  readonly provider: ProviderName;
  /** CPU threads of one run. */
  readonly threads: number;
}

/**
 * Makes a session, checks that the model is of the shape its manifest entry says, and warms it up.
 * @throws {Error} Naming the model and the provider, or the tensor that is wrong.
 */
export async function createSession(source: SessionSource): Promise<ModelSession> {
  const { entry, provider, threads } = source;
  const session = await ort.InferenceSession.create(source.path, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Threads that spin between two runs take the core that decodes the next frame: with spinning, a
    // busy computer of two cores took 9.4 ms for a run that takes 4.8 ms without.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch((cause) => {
    throw new Error(`Cannot run ${entry.id} on ${provider}: ${wordsOf(cause, source.path)}`, {
      cause,
    });
  });
  try {
    return await warmedUp(session, source);
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function warmedUp(
  session: ort.InferenceSession,
  { entry, headShapeOf, provider }: SessionSource,
): Promise<ModelSession> {
  const wanted = wantedTensors(entry, headShapeOf(entry.input));
  const inputs = session.inputMetadata.map(factOf);
  refuse(tensorFault(entry.file, wanted.input, inputs));
  refuse(tensorFault(entry.file, wanted.output, session.outputMetadata.map(factOf)));

  const isHalf = inputs.find(({ name }) => name === entry.input.name)?.type === "float16";
  const headName = entry.head.name;
  const sized = new Map<string, SizedTensors>();

  function tensorsOf(inputPx: SizePx): SizedTensors {
    const name = `${inputPx.widthPx}x${inputPx.heightPx}`;
    let tensors = sized.get(name);
    if (tensors === undefined) {
      const input = { ...entry.input, ...inputPx };
      const { input: { shape }, output } = wantedTensors(
        { ...entry, input },
        headShapeOf(inputPx),
      );
      tensors = { ...(isHalf ? halfInput : floatInput)(shape), output, widened: null };
      sized.set(name, tensors);
    }
    return tensors;
  }

  async function run(
    input: Float32Array,
    inputPx: SizePx = entry.input,
  ): Promise<Float32Array> {
    const tensors = tensorsOf(inputPx);
    tensors.write(input);
    const feeds = { [entry.input.name]: tensors.tensor };
    const { type, data, dims } = (await session.run(feeds, [headName]))[headName]!;
    // Of sizes that a file gives by name, the first run tells the numbers.
    refuse(tensorFault(entry.file, tensors.output, [{ name: headName, type, shape: dims }]));
    if (type === "float32") return data as Float32Array;
    tensors.widened ??= new Float32Array(data.length);
    fromHalf(data as unknown as HalfArray, tensors.widened);
    return tensors.widened;
  }

  const runMs = await warmUp(run, entry.input);
  return { provider, runMs, run, close: () => session.release() };
}

/** What the runs of one size share. */
interface SizedTensors extends Input {
  readonly output: WantedTensor;
  widened: Float32Array | null;
}

/** A model that nothing is known of but its input. */
export interface ProbeSource {
  readonly path: string;
  readonly input: Pick<ModelEntry["input"], "name" | "widthPx" | "heightPx">;
}

/**
 * Runs a model once on an empty input, to learn of which sizes its outputs are.
 * @throws {Error} With the runtime's words.
 */
export async function probeOutputs({ path, input }: ProbeSource): Promise<TensorFact[]> {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
  }).catch((cause) => {
    throw new Error(wordsOf(cause, path), { cause });
  });
  try {
    const shape = [1, 3, input.heightPx, input.widthPx];
    const fact = session.inputMetadata.map(factOf).find(({ name }) => name === input.name);
    const isHalf = fact?.type === "float16";
    const { tensor } = (isHalf ? halfInput : floatInput)(shape);
    const outputs = await session.run({ [input.name]: tensor });
    return Object.entries(outputs)
      .map(([name, { type, dims }]) => ({ name, type, shape: [...dims] }));
  } finally {
    await session.release();
  }
}

/** An input tensor and how a frame gets into it. */
interface Input {
  readonly tensor: ort.Tensor;
  readonly write: (input: Float32Array) => void;
}

// The runtime keeps the address of a tensor's memory, so no tensor is a view of the core's, which may
// grow.

function floatInput(dims: readonly number[]): Input {
  const data = new Float32Array(elements(dims));
  return { tensor: new ort.Tensor("float32", data, dims), write: (input) => data.set(input) };
}

function halfInput(dims: readonly number[]): Input {
  const data = halfArray(elements(dims));
  const bits = new Uint16Array(data.buffer);
  const tensor = new ort.Tensor("float16", bits, dims);
  // The runtime makes a Float16Array of them, which its native part (1.30) then finds empty.
  Object.defineProperty(tensor, "data", { value: bits });
  return { tensor, write: (input) => toHalf(input, data) };
}

function elements(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size);
}

async function warmUp(run: ModelSession["run"], inputPx: SizePx): Promise<number> {
  const input = new Float32Array(elements([3, inputPx.heightPx, inputPx.widthPx]));
  await run(input, inputPx);
  const times: number[] = [];
  for (let i = 0; i < WARM_RUNS; i++) {
    const startMs = performance.now();
    await run(input, inputPx);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[WARM_RUNS >> 1]!;
}

function factOf(tensor: ort.InferenceSession.ValueMetadata): TensorFact {
  return tensor.isTensor
    ? { name: tensor.name, type: tensor.type, shape: tensor.shape }
    : { name: tensor.name, type: null, shape: [] };
}

function refuse(fault: string | null): void {
  if (fault !== null) throw new Error(`Cannot use the model: ${fault}`);
}

/** A file that is too new is told of with what makes it one that can be read. */
function wordsOf(error: unknown, path: string): string {
  const text = textOf(error);
  return versionFaultIn(text, basename(path)) ?? text;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
