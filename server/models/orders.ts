import * as v from "valibot";
import { addFlagsSchema, modelFileSchema, modelIdSchema } from "@/protocol";

// What the server and its launcher say to each other about the models. The server may neither write to
// them nor start a program; the launcher does it, and only what is written here. It trusts nothing of
// an order: the server is the one that strangers speak to.

/** What is to be done: one command of `deno task models`. */
export const modelTaskSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("pull"), id: modelIdSchema, isLicenceAccepted: v.boolean() }),
  v.strictObject({
    kind: v.literal("add"),
    /** Names the folder below `uploads` in the server's data folder that the file is in. */
    upload: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
    file: modelFileSchema,
    flags: addFlagsSchema,
  }),
  v.strictObject({ kind: v.literal("remove"), id: modelIdSchema }),
]);
/** See {@linkcode modelTaskSchema}. */
export type ModelTask = v.InferOutput<typeof modelTaskSchema>;

const job = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Server → launcher. */
export const modelOrderSchema = v.variant("kind", [
  /** Answered by `present`. */
  v.strictObject({ kind: v.literal("hello") }),
  /** One at a time; answered by `ended`. */
  v.strictObject({ kind: v.literal("run"), job, task: modelTaskSchema }),
  v.strictObject({ kind: v.literal("cancel"), job }),
]);
/** See {@linkcode modelOrderSchema}. */
export type ModelOrder = v.InferOutput<typeof modelOrderSchema>;

/** Launcher → server. */
export const modelReportSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("present") }),
  v.strictObject({
    kind: v.literal("progress"),
    job,
    receivedBytes: v.number(),
    totalBytes: v.nullable(v.number()),
  }),
  v.strictObject({
    kind: v.literal("ended"),
    job,
    /** Exit status of the command. */
    code: v.number(),
    modelId: v.nullable(v.string()),
    words: v.string(),
  }),
]);
/** See {@linkcode modelReportSchema}. */
export type ModelReport = v.InferOutput<typeof modelReportSchema>;

/** Folder below the server's data folder for files on their way in. */
export const UPLOADS = "uploads";
