// This module is browser compatible.
import * as v from "valibot";
import { profileSchema } from "./control.ts";
import { faultText } from "./fault.ts";
import { joinOriginListSchema } from "./join_origins.ts";
import { servedModelSchema } from "./model.ts";

/** Where inference runs; `off` is plain video. */
export const modeSchema = v.picklist(["wasm", "server", "auto", "off"]);
/** See {@linkcode modeSchema}. */
export type Mode = v.InferOutput<typeof modeSchema>;

/** More detections a second than this no camera of ours gives frames for. */
export const MAX_DETECTION_FPS = 60;

/** How many frames a second are examined at most. */
export const detectionFpsSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.maxValue(MAX_DETECTION_FPS),
);

/** What `GET /api/config` answers: all that a page needs to know of its server. */
export const clientConfigSchema = v.object({
  protocolVersion: v.number(),
  /** Version of the app, for the footer and bug reports. */
  version: v.string(),
  mode: modeSchema,
  /** Modes that this server offers. */
  modes: v.array(modeSchema),
  profile: profileSchema,
  /** How many detections a second viewers start with at most; `null`: as the profile has it. */
  detectionFps: v.nullable(detectionFpsSchema),
  joinOrigins: joinOriginListSchema,
  /** Why none of them may lead here from a phone, as a sentence; `null` when nothing speaks for it. */
  joinProblem: v.nullable(v.string()),
  limits: v.object({ maxPhones: v.number(), maxViewers: v.number() }),
  /** Whether the server passes pictures on where there is no path between the pages. */
  relay: v.boolean(),
  /** Where this browser may have events of zones sent, as host and port; `null`: nowhere. */
  webhook: v.nullable(v.object({ host: v.string() })),
  /** Models present, the default first. Empty: see `modelProblem`. */
  models: v.array(servedModelSchema),
  /** Why there is no model, or one less than there are files, as a sentence; `null` if all is well. */
  modelProblem: v.nullable(v.string()),
  /** Names these models; another one when the list is. A viewer is told of it by `models`. */
  modelsRevision: v.string(),
  /** Whether this browser gave the server's password, and can sign out. */
  isSignedIn: v.boolean(),
  /** Whether this browser runs on the server's own computer, in front of which models are changed. */
  mayChangeModels: v.boolean(),
});
/** See {@linkcode clientConfigSchema}. */
export type ClientConfig = v.InferOutput<typeof clientConfigSchema>;

/**
 * What a phone takes of it. Where the server has a password, `profile` is all that those are told who
 * did not give it.
 */
export const phoneConfigSchema = v.object({
  profile: profileSchema,
  models: v.exactOptional(v.array(servedModelSchema), []),
});
/** See {@linkcode phoneConfigSchema}. */
export type PhoneConfig = v.InferOutput<typeof phoneConfigSchema>;

/** Parses the answer of `/api/config`. @throws {TypeError} If it is none. */
export function parseClientConfig(value: unknown): ClientConfig {
  return parseConfig(clientConfigSchema, value);
}

/** The same for a phone. @throws {TypeError} If it is none. */
export function parsePhoneConfig(value: unknown): PhoneConfig {
  return parseConfig(phoneConfigSchema, value);
}

function parseConfig<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new TypeError(`Cannot read server config: ${faultText(result.issues)}`);
}
