import * as v from "valibot";
import { labelsSchema, modelEntrySchema } from "@/protocol";
import type { LaneRules } from "../child/write_queue.ts";
import type { ChildMessage, ToChild } from "../inference/ipc.ts";

/** What nodes and workers say to each other beyond what a node and its own child do. */

/** Those of another one do not work with us: in a rolling update both are there for a while. */
export const WORKERS_VERSION = 1;

/** A worker says how it is this often, and a node that it is still there. */
export const ANNOUNCE_MS = 250;

/** Who was not heard for this long is gone: a worker for its nodes, a node for its workers. */
export const WORKER_SILENCE_MS = 1_500;
export const NODE_SILENCE_MS = 3_000;

/** A worker that is told to end hands its streams over in this time. */
export const DRAIN_MS = 8_000;

/** Node → worker: what goes to its inference process, but no models, of which it has its own. */
export type ToWorker = Exclude<ToChild, { kind: "models" }>;

/** Worker → node: what the process says about the node's streams and pictures. */
export type FromWorker = ChildMessage;

/** Results of each stream, too: a new one is worth more than one that waits. */
export const FROM_WORKER_LANES: LaneRules<FromWorker> = {
  laneOf: (message) =>
    message.kind === "message" || message.kind === "tapped" ? message.stream : null,
  endedBy: (message) => message.kind === "ended" ? message.stream : null,
};

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ms = v.pipe(v.number(), v.finite(), v.minValue(0));
const modelId = v.pipe(v.string(), v.maxLength(64));

/** Bounds of an announcement, and of what is asked for besides. */
export const MAX_ANNOUNCEMENT_BYTES = 64 * 1024;
export const MAX_WORKER_MODELS = 256;

/** What a worker says of itself to all. Names are for logs and figures, ids for subjects. */
export const announcementSchema = v.object({
  version: v.number(),
  /** Of this run of the worker. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,64}$/)),
  name: v.pipe(v.string(), v.maxLength(64)),
  /** `draining`: it takes no new streams, and wants to be rid of those that it has. */
  state: v.picklist(["starting", "ready", "draining", "unable"]),
  /** What runs the models; `null`: not known yet. */
  facts: v.nullable(v.object({
    executionProvider: v.pipe(v.string(), v.maxLength(64)),
    threadsPerSession: count,
    /** Frames that it examines at once. */
    sessions: v.pipe(count, v.minValue(1)),
    isCalibrated: v.boolean(),
    runMs: v.record(v.pipe(v.string(), v.maxLength(80)), ms),
  })),
  /** The beginning of the SHA-256 of each model's file, by id. */
  models: v.pipe(
    v.record(modelId, v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
    v.check((models) => Object.keys(models).length <= MAX_WORKER_MODELS),
  ),
  /** Streams that are open there, of all nodes. */
  streams: count,
  maxStreams: count,
  /** What one frame of each of them takes together, ms. */
  busyMs: ms,
  /** How long frames waited there of late, ms; `null`: none came. */
  queueMs: v.nullable(ms),
});
/** See {@linkcode announcementSchema}. */
export type Announcement = v.InferOutput<typeof announcementSchema>;

/** One model of a worker, whole: what a node offers that lacks its file. */
export const workerModelSchema = v.object({ entry: modelEntrySchema, labels: labelsSchema });
/** See {@linkcode workerModelSchema}. */
export type WorkerModel = v.InferOutput<typeof workerModelSchema>;

/** Which part of a model's file is wanted. */
export const modelPartSchema = v.object({ modelId, atBytes: count });
/** See {@linkcode modelPartSchema}. */
export type ModelPart = v.InferOutput<typeof modelPartSchema>;

/** How much of a file goes into one answer, at the most; NATS may be set to carry less. */
export const MODEL_PART_BYTES = 256 * 1024;

/** How a model's file is told from another of the same name, in short. */
export function checksumOf({ sha256 }: { readonly sha256: string }): string {
  return sha256.slice(0, 16);
}
