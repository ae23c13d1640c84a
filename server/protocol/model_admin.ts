// This module is browser compatible.
import * as v from "valibot";
import { fileBytesSchema, modelIdSchema, sha256Schema } from "./model.ts";

// Which models a computer has and can have, and changing that: for the owner in front of it only. The
// README of `server/` has the routes.

/** Every way in which a request about the models is refused. */
export const MODEL_REFUSALS = [
  /** From another computer. */
  "remote",
  /** Through the tunnel. */
  "tunnelled",
  /** A proxy says that it passed it on. */
  "proxied",
  /** From a page of another site, or without saying from which. */
  "cross-site",
  /** The body or the query is not what the address takes. */
  "bad-request",
  /** The body must be `application/json`. */
  "not-json",
  /** The body must be `application/octet-stream`. */
  "not-onnx",
  "unknown-model",
  "unknown-job",
  /** It is here, with the right bytes. */
  "here-already",
  /** It was neither pulled nor added, so it is not deleted. */
  "not-removable",
  /** Nobody offers the file; the message says how to get it. */
  "not-for-download",
  /** Its licence asks something: the request has to name it. */
  "licence-needed",
  /** As many jobs wait as may. */
  "too-many-jobs",
  "too-large",
  /** The upload stalled. */
  "too-slow",
  /** The body is incomplete. */
  "broken",
  /** The file could not be kept: the disk is full, or may not be written. */
  "not-kept",
  /** The server was started without its launcher, or is an image: nothing can be changed. */
  "unavailable",
] as const;
/** See {@linkcode MODEL_REFUSALS}. */
export type ModelRefusalCode = (typeof MODEL_REFUSALS)[number];

/** The body of every refusal. */
export const modelRefusalSchema = v.object({
  code: v.picklist(MODEL_REFUSALS),
  /** A sentence without its end. */
  message: v.string(),
});

/** What is told of a model, whether it is here or not. */
const described = {
  id: modelIdSchema,
  title: v.string(),
  /** SPDX identifier of the weights' licence, or `unknown`. */
  licence: v.string(),
  /** Where the weights come from, in words. */
  source: v.string(),
  /** Input, px. */
  widthPx: v.number(),
  heightPx: v.number(),
  /** AP50-95 on COCO val2017, 0–1, as its makers publish it; `null`: not published. */
  publishedAp: v.nullable(v.number()),
};

/** A model of this computer. */
export const presentModelSchema = v.object({
  ...described,
  bytes: fileBytesSchema,
  sha256: sha256Schema,
  /** Path on this server. */
  url: v.string(),
  /** Whether pages begin with it unless told otherwise. */
  isDefault: v.boolean(),
  /** Whether it was pulled or added here, so that it can be removed. */
  isRemovable: v.boolean(),
});

/** A model that is not here. */
export const absentModelSchema = v.object({
  ...described,
  /** Where its file is downloaded from, the first that has it. */
  urls: v.array(v.string()),
  /** `null`: not known before it is here. */
  bytes: v.nullable(fileBytesSchema),
  /** Whether pulling it takes a yes to its licence. */
  asksConsent: v.boolean(),
  /** How to get it where it cannot be downloaded, as a sentence; else `null`. */
  obtain: v.nullable(v.string()),
});

/** What a job does. */
export const MODEL_JOB_KINDS = ["pull", "add", "remove"] as const;
/** How a job is; the last three are for ever. */
export const MODEL_JOB_STATES = ["waiting", "running", "done", "failed", "cancelled"] as const;

/** One change of the models, asked for and under way or over. */
export const modelJobSchema = v.object({
  id: v.number(),
  kind: v.picklist(MODEL_JOB_KINDS),
  state: v.picklist(MODEL_JOB_STATES),
  /** Of an `add` it is known at its end. */
  modelId: v.nullable(v.string()),
  /** Name of the file that is added; else `null`. */
  file: v.nullable(v.string()),
  /** Of a `pull`, as far as it is known. */
  receivedBytes: v.nullable(v.number()),
  totalBytes: v.nullable(v.number()),
  /** What the command said, for the person; why it failed stands at its end. */
  words: v.string(),
});
/** See {@linkcode modelJobSchema}. */
export type ModelJob = v.InferOutput<typeof modelJobSchema>;

/** The document of `GET /api/models`. */
export const modelStockSchema = v.object({
  /** The one that pages begin with first. */
  here: v.array(presentModelSchema),
  available: v.array(absentModelSchema),
  /** Sentences about files that are not used. */
  damaged: v.array(v.string()),
  /** Whether anything can be changed here. */
  canChange: v.boolean(),
  /** The newest last; those that are over stay a while. */
  jobs: v.array(modelJobSchema),
});
/** See {@linkcode modelStockSchema}. */
export type ModelStock = v.InferOutput<typeof modelStockSchema>;

/** The document of `GET /api/models/jobs`. */
export const modelJobsSchema = v.object({ jobs: v.array(modelJobSchema) });

/** What an accepted change is answered with (202), and `GET /api/models/jobs/:job`. */
export const modelJobAnswerSchema = v.object({ job: modelJobSchema });

/** The body of `POST /api/models/pull`. */
export const pullRequestSchema = v.strictObject({
  id: modelIdSchema,
  /** The licence that the person agreed to, as `licence` has it; needed where `asksConsent`. */
  acceptedLicence: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
});

/** A flag's value; lines and controls are in none. */
const word = v.pipe(v.string(), v.regex(/^\P{Cc}{1,200}$/u));
/** What `deno task models add` may be told from a page: its flags, but for those that name files. */
export const addFlagsSchema = v.strictObject({
  name: v.exactOptional(modelIdSchema),
  title: v.exactOptional(word),
  head: v.exactOptional(word),
  output: v.exactOptional(word),
  size: v.exactOptional(word),
  order: v.exactOptional(word),
  scale: v.exactOptional(word),
  placement: v.exactOptional(word),
  pad: v.exactOptional(word),
  licence: v.exactOptional(word),
  /** The 80 classes of COCO. */
  labels: v.exactOptional(v.literal("coco")),
  /** Takes the place of the model of that id. */
  replace: v.exactOptional(v.literal("1")),
});
/** See {@linkcode addFlagsSchema}. */
export type AddFlags = v.InferOutput<typeof addFlagsSchema>;

/** The query of `POST /api/models/add`; the body is the file. */
export const addQuerySchema = v.strictObject({
  /** Name of the file, as its owner calls it; the model's id follows from it, unless `name` says it. */
  file: v.pipe(v.string(), v.maxLength(300)),
  ...addFlagsSchema.entries,
});
