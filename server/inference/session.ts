import { basename } from "node:path";
import ort from "onnxruntime-node";
import {
  factOf,
  type ModelEntry,
  ModelTensors,
  OUTPUT_TYPES,
  pictureTensor,
  sizeFeed,
  type TensorInputType,
  versionFaultIn,
  type WantedSize,
  wantedTensors,
} from "@/protocol";
import type { ProbedOutput, ProbeSource } from "../../models/model_check.ts";
import { HeadNumbers, inputData, medianRunMs, type SizePx } from "@/vision";

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
   * @param input Its axes in the order of the entry's layout; not kept. Of no length: as it was.
   * @param inputPx One of the model's sizes; its own, the largest, where nothing is said.
   * @returns The head's raw tensors in the order of the entry's outputs, good until the next run.
   */
  run(input: Float32Array, inputPx?: SizePx): Promise<readonly Float32Array[]>;
  /** Frees it. */
  close(): Promise<void>;
}

/** What a session is made from. */
export interface SessionSource {
  readonly entry: ModelEntry;
  readonly path: string;
  /** Dimensions of the outputs that can be decoded for an input of this size, as `Vision` has them. */
  headShapesOf(inputPx: SizePx): readonly (readonly WantedSize[])[];
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
  { entry, headShapesOf, provider }: SessionSource,
): Promise<ModelSession> {
  const { inputMetadata, outputMetadata } = session;
  const tensors = new ModelTensors<Feed>({
    model: entry,
    headShapesOf,
    inputMetadata,
    outputMetadata,
    refuse(fault) {
      throw new Error(`Cannot use the model: ${fault}`);
    },
    feed: (input, { type, dims }) => {
      const { tensor, write } = makeInput(type, dims);
      return { feeds: { [input.name]: tensor, ...sizeFeed(input, sizeTensor) }, write };
    },
  });
  const names = entry.head.outputs;
  const numbers = new HeadNumbers();

  async function run(
    input: Float32Array,
    inputPx: SizePx = entry.input,
  ): Promise<readonly Float32Array[]> {
    const { feeds, write } = tensors.feedOf(inputPx);
    if (input.length > 0) write(input);
    const results = await session.run(feeds, names);
    return numbers.read(tensors.outputsOf(inputPx, results));
  }

  const empty = new Float32Array(tensors.picture.dims.reduce((a, b) => a * b, 1));
  const runMs = await medianRunMs(() => run(empty), WARM_RUNS);
  return { provider, runMs, run, close: () => session.release() };
}

/** What feeds the runs of one size. */
interface Feed extends Pick<Input, "write"> {
  readonly feeds: Record<string, ort.Tensor>;
}

/** Masks and the like have more numbers than any head. */
const MAX_PROBED_NUMBERS = 16 << 20;

/**
 * Runs a model on pictures, to learn what its outputs are.
 * @param pictures Pixels 0–255, their axes in the order of the layout.
 * @param maxNumbers In all outputs of one run.
 * @throws {Error} With the runtime's words, or if there are more.
 */
export async function probeOutputs(
  { path, input }: ProbeSource,
  pictures: readonly Float32Array[],
  maxNumbers: number,
): Promise<ProbedOutput[][]> {
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
  }).catch((cause) => {
    throw new Error(wordsOf(cause, path), { cause });
  });
  try {
    const facts = session.inputMetadata.map(factOf);
    const picture = pictureTensor(wantedTensors({ input, head: { outputs: [] } }, []), facts);
    const { tensor, write } = makeInput(picture.type, picture.dims);
    const runs: ProbedOutput[][] = [];
    for (const pixels of pictures) {
      // How it wants to be fed is not known yet: most families divide by 255.
      write(picture.type === "uint8" ? pixels : pixels.map((value) => value / 255));
      const results = await session.run({ [input.name]: tensor, ...sizeFeed(input, sizeTensor) });
      const count = Object.values(results).reduce((sum, { size }) => sum + size, 0);
      if (count > maxNumbers) {
        throw new Error(`its outputs have ${count} numbers, more than ${maxNumbers}`);
      }
      runs.push(Object.entries(results).map(([name, result]) => probed(name, result)));
    }
    return runs;
  } finally {
    await session.release();
  }
}

function probed(name: string, { type, dims, data }: ort.OnnxValue & ort.Tensor): ProbedOutput {
  const isHead = dims.length <= 3 && data.length <= MAX_PROBED_NUMBERS &&
    OUTPUT_TYPES.some((known) => known === type);
  const [numbers] = isHead ? new HeadNumbers().read([{ type, data }]) : [null];
  return { name, type, shape: [...dims], numbers: numbers?.slice() ?? null };
}

/** An input tensor and how a frame gets into it. */
interface Input {
  readonly tensor: ort.Tensor;
  readonly write: (input: Float32Array) => void;
}

// The runtime keeps the address of a tensor's memory, so no tensor is a view of the core's, which may
// grow.

function makeInput(type: TensorInputType, dims: readonly number[]): Input {
  const { data, write } = inputData(type, dims.reduce((a, b) => a * b, 1));
  if (type !== "float16") {
    return { tensor: new ort.Tensor(type, data as Float32Array, dims), write };
  }
  const bits = new Uint16Array(data.buffer);
  const tensor = new ort.Tensor(type, bits, dims);
  // The runtime makes a Float16Array of them, which its native part (1.30) then finds empty.
  Object.defineProperty(tensor, "data", { value: bits });
  return { tensor, write };
}

const sizeTensor = (data: BigInt64Array, dims: number[]) => new ort.Tensor("int64", data, dims);

/** A file that is too new is told of with what makes it one that can be read. */
function wordsOf(error: unknown, path: string): string {
  const text = textOf(error);
  return versionFaultIn(text, basename(path)) ?? text;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
