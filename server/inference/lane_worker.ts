import { coreBytes, initVision, type SizePx, VisionError, VisionSet } from "@/vision";
import { StageClock } from "@/protocol";
import { failureOf, type LoadedModel, onFrame, type ServerStage } from "./frame_loop.ts";
import type { FromLane, LaneModel, ToLane } from "./lane_messages.ts";
import { createSession, type ModelSession } from "./session.ts";

// ENTRY of a lane's Worker: one model, whose frames are worked on one at a time.

/** What a Worker's global scope has; the library of types that names it excludes the window's. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToLane>) => void;
  postMessage(message: FromLane): void;
};

let model: LoadedModel | null = null;
const stages = new StageClock<ServerStage>();

let turn: Promise<void> = Promise.resolve();
// A handler that waits does not keep the next message from being handled.
scope.onmessage = ({ data }) => void (turn = turn.then(() => reply(data)));

/** Never rejects. */
async function reply(message: ToLane): Promise<void> {
  try {
    scope.postMessage(await answer(message));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // A failed core fails the Worker, and with it the process, which is started afresh.
    const isBroken = error instanceof VisionError && error.code === "core-failed";
    scope.postMessage({ kind: isBroken ? "broken" : "failed", message: text });
  }
}

async function answer(message: ToLane): Promise<FromLane> {
  switch (message.kind) {
    case "load":
      return { kind: "loaded", model: await load(message) };
    case "unload":
      await unload();
      return { kind: "unloaded" };
    case "measure":
      return { kind: "measured", runsMs: await measure(loaded(), message.forMs) };
    case "frame":
      return await onFrame(message.job, loaded(), stages)
        .then((result): FromLane => ({ kind: "done", result, coreBytes: coreBytes() }))
        .catch((error): FromLane => ({
          kind: "undone",
          failure: failureOf(error),
          coreBytes: coreBytes(),
        }));
  }
}

async function unload(): Promise<void> {
  const before = model;
  model = null;
  before?.visions.free();
  await before?.session.close();
}

/** Takes the first provider that works, in place of what there was. */
async function load(
  { model: { entry, path }, providers, threads }: Extract<ToLane, { kind: "load" }>,
): Promise<LaneModel> {
  await initVision();
  await unload();
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
    model = { entry, visions, session };
    const note = refusals.length > 0 ? refusals.join("; ") : null;
    return { provider, runMs: session.runMs, note };
  }
  visions.free();
  throw new Error(refusals.join("; "));
}

async function measure({ session }: LoadedModel, forMs: number): Promise<number[]> {
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

function loaded(): LoadedModel {
  if (model === null) throw new RangeError("Cannot run: no model is loaded");
  return model;
}
