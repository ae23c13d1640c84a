import { initVision, type SizePx, VisionError, VisionSet } from "@/vision";
import { StageClock } from "@/protocol";
import { failureOf, type LoadedModel, onFrame, type ServerStage } from "./frame_loop.ts";
import type { FromLane, LaneModel, ToLane } from "./lane_messages.ts";
import { createSession, type ModelSession } from "./session.ts";

// ENTRY of a lane: a Worker with sessions of its own, in which frames are worked on one at a time.

/** What a Worker's global scope has; the library of types that names it excludes the window's. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToLane>) => void;
  postMessage(message: FromLane): void;
};

const models = new Map<string, LoadedModel>();
const stages = new StageClock<ServerStage>();

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage(await answer(data));
  } catch (error) {
    // A failed core fails the Worker, and with it the process, which is started afresh.
    if (error instanceof VisionError && error.code === "core-failed") throw error;
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ kind: "failed", message });
  }
};

async function answer(message: ToLane): Promise<FromLane> {
  switch (message.kind) {
    case "load":
      return { kind: "loaded", model: await load(message) };
    case "unload":
      await unload(message.modelId);
      return { kind: "unloaded" };
    case "measure":
      return { kind: "measured", runsMs: await measure(message.modelId, message.forMs) };
    case "frame":
      return await onFrame(message.job, loaded(message.job.settings.modelId), stages)
        .then((result): FromLane => ({ kind: "done", result }))
        .catch((error): FromLane => ({ kind: "undone", failure: failureOf(error) }));
  }
}

/** Takes the first provider that works. Loading a model anew replaces it. */
async function load(
  { model, providers, threads }: Extract<ToLane, { kind: "load" }>,
): Promise<LaneModel> {
  const { entry, path } = model;
  await initVision();
  await unload(entry.id);
  const visions = new VisionSet(entry);
  const headShapesOf = (inputPx: SizePx) => visions.at(inputPx).headShapes;
  const refusals: string[] = [];
  for (const provider of providers) {
    let session: ModelSession;
    try {
      session = await createSession({ entry, path, headShapesOf, provider, threads });
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
      continue;
    }
    models.set(entry.id, { entry, visions, session });
    const note = refusals.length > 0 ? refusals.join("; ") : null;
    return { provider, runMs: session.runMs, note };
  }
  visions.free();
  throw new Error(refusals.join("; "));
}

async function unload(modelId: string): Promise<void> {
  const model = models.get(modelId);
  models.delete(modelId);
  model?.visions.free();
  await model?.session.close();
}

async function measure(modelId: string, forMs: number): Promise<number[]> {
  const { session } = loaded(modelId);
  // Nothing is written: the input stays what it was.
  const input = new Float32Array(0);
  const runsMs: number[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    await session.run(input);
    runsMs.push(performance.now() - startMs);
  }
  return runsMs;
}

function loaded(modelId: string): LoadedModel {
  const model = models.get(modelId);
  if (model === undefined) throw new RangeError(`Cannot run ${modelId}: not loaded`);
  return model;
}
