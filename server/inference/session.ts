import ort from "onnxruntime-node";
import type { ModelEntry } from "@/protocol";

// The only importer of onnxruntime-node. Its run() is asynchronous in name only: the native call
// blocks the thread it is made on, so sessions live in Workers (`lane_worker.ts`).

/** What onnxruntime can run a model on. */
export type ProviderName = "cpu" | "cuda" | "dml" | "coreml";

/** Runs measured after the first, which allocates and is thrown away. */
const WARM_RUNS = 5;

/** One loaded model. */
export interface ModelSession {
  readonly provider: ProviderName;
  /** Median of a few warm runs on an empty input, ms. */
  readonly runMs: number;
  /**
   * Runs the model once.
   * @param input Planar, `[1, 3, heightPx, widthPx]`; not kept.
   * @returns The head's raw output; the caller's.
   */
  run(input: Float32Array): Promise<Float32Array>;
  /** Frees it. */
  close(): Promise<void>;
}

/** What a session is made from. */
export interface SessionSource {
  readonly entry: ModelEntry;
  readonly path: string;
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
    throw new Error(`Cannot run ${entry.id} on ${provider}: ${textOf(cause)}`, { cause });
  });
  checkShape(entry, session);

  const { widthPx, heightPx, name: inputName } = entry.input;
  const length = 3 * heightPx * widthPx;
  // The runtime keeps the address of the tensor's memory, so the tensor is not a view of the core's,
  // which may grow.
  const tensor = new ort.Tensor("float32", new Float32Array(length), [1, 3, heightPx, widthPx]);
  const feeds = { [inputName]: tensor };
  const wanted = [entry.head.name];

  async function run(input: Float32Array): Promise<Float32Array> {
    (tensor.data as Float32Array).set(input);
    const outputs = await session.run(feeds, wanted);
    return outputs[entry.head.name]!.data as Float32Array;
  }

  const runMs = await warmUp(run, new Float32Array(length));
  return { provider, runMs, run, close: () => session.release() };
}

async function warmUp(run: ModelSession["run"], input: Float32Array): Promise<number> {
  await run(input);
  const times: number[] = [];
  for (let i = 0; i < WARM_RUNS; i++) {
    const startMs = performance.now();
    await run(input);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[WARM_RUNS >> 1]!;
}

function checkShape(entry: ModelEntry, session: ort.InferenceSession): void {
  const { input, head } = entry;
  const wanted = [1, 3, input.heightPx, input.widthPx];
  checkTensor(entry, { side: "input", name: input.name, wanted }, session.inputMetadata);
  checkTensor(entry, { side: "output", name: head.name, wanted: null }, session.outputMetadata);
}

function checkTensor(
  entry: ModelEntry,
  { side, name, wanted }: { side: string; name: string; wanted: readonly number[] | null },
  tensors: readonly ort.InferenceSession.ValueMetadata[],
): void {
  const tensor = tensors.find((candidate) => candidate.name === name);
  const is = tensor === undefined
    ? "missing"
    : !tensor.isTensor
    ? "not a tensor"
    : tensor.type !== "float32"
    ? tensor.type
    // A dimension given by name takes any size.
    : wanted?.every((size, axis) =>
        typeof tensor.shape[axis] === "string" || tensor.shape[axis] === size
      ) === false
    ? `[${tensor.shape.join(", ")}]`
    : null;
  if (is === null) return;
  throw new Error(
    `Cannot use ${entry.file}: ${side} "${name}" is ${is}, not what its manifest entry says`,
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
