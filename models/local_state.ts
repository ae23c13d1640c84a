import { fileURLToPath } from "node:url";
import * as v from "valibot";
import {
  fileBytesSchema,
  labelsSchema,
  modelEntrySchema,
  modelIdSchema,
  parseJson,
  sha256Schema,
} from "@/protocol";
import { replaceFile, withLock } from "../server/base/kept_file.ts";

// What this computer knows beyond the manifest: `local/local.json`, beside the files that were pulled
// and added. Only `deno task models` writes it.

/** Whose file the manifest has no checksum of: what it was when it was first used here. */
const pinSchema = v.strictObject({
  id: modelIdSchema,
  bytes: fileBytesSchema,
  sha256: sha256Schema,
  /** Names of the tensors as that file has them. */
  inputName: v.string(),
  headNames: v.array(v.string()),
  /** Where it came from; `null`: it was put there by hand. */
  url: v.nullable(v.string()),
  /** When, as ISO 8601. */
  pinnedAt: v.pipe(v.string(), v.isoTimestamp()),
});
/** See {@linkcode pinSchema}. */
export type Pin = v.InferOutput<typeof pinSchema>;

/** A model of its owner's. Its file is in the same folder. */
export const addedModelSchema = v.strictObject({
  ...modelEntrySchema.entries,
  labels: labelsSchema,
});
/** See {@linkcode addedModelSchema}. */
export type AddedModel = v.InferOutput<typeof addedModelSchema>;

const localStateSchema = v.strictObject({
  schema: v.literal(1),
  pins: v.pipe(v.array(pinSchema), v.maxLength(64)),
  models: v.pipe(v.array(addedModelSchema), v.maxLength(32)),
});
/** See {@linkcode localStateSchema}. */
export type LocalState = v.InferOutput<typeof localStateSchema>;

/** `local.json` is not what it was written as. Its message is for people. */
export class LocalStateError extends Error {
  override readonly name = "LocalStateError";
}

/** Nothing pinned, nothing added. */
export const NO_STATE: LocalState = { schema: 1, pins: [], models: [] };

/**
 * Characters of all added models' labels together: they travel to pages and to the inference process
 * as one text. One model of 4 096 classes with the longest names has 262 144.
 */
export const MAX_LABEL_CHARACTERS = 400_000;

const FILE = "local.json";

/** With a pin in place of the model's earlier one. */
export function withPin(state: LocalState, pin: Pin): LocalState {
  return { ...state, pins: [...state.pins.filter(({ id }) => id !== pin.id), pin] };
}

/**
 * With a model in place of an earlier one of the same id.
 * @throws {RangeError} If that were too many models or labels.
 */
export function withModel(state: LocalState, model: AddedModel): LocalState {
  const models = [...state.models.filter(({ id }) => id !== model.id), model];
  if (models.length > 32) throw new RangeError("32 models are added already: remove one first");
  const characters = models.flatMap(({ labels }) => labels).join("").length;
  if (characters > MAX_LABEL_CHARACTERS) {
    throw new RangeError(
      `The labels of all added models have ${characters} characters, more than ${MAX_LABEL_CHARACTERS}: remove a model, or give shorter labels`,
    );
  }
  return { ...state, models };
}

/** Without what is known of a model. */
export function without(state: LocalState, modelId: string): LocalState {
  return {
    ...state,
    pins: state.pins.filter(({ id }) => id !== modelId),
    models: state.models.filter(({ id }) => id !== modelId),
  };
}

/**
 * Reads what this computer knows; nothing, where nothing was ever pulled or added.
 * @param folder With a slash at its end.
 * @throws {LocalStateError} If the file is not valid.
 */
export async function readLocalState(folder: URL): Promise<LocalState> {
  let text: string;
  try {
    text = await Deno.readTextFile(new URL(FILE, folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NO_STATE;
    // As of a checkout that is for its owner only, seen from a container.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new LocalStateError(
      `Cannot read ${fileURLToPath(new URL(FILE, folder))}: there is no permission`,
    );
  }
  const result = v.safeParse(localStateSchema, parseJson(text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new LocalStateError(
    `Cannot read ${new URL(FILE, folder).pathname}: ${
      v.getDotPath(issue) ?? "it"
    }: ${issue.message}. Repair it, or delete it and pull and add the models anew`,
  );
}

/**
 * Does what changes files of this folder, or what is known of them, while nobody else does.
 * @param folder With a slash at its end.
 */
export function changeLocal<T>(folder: URL, change: () => Promise<T>): Promise<T> {
  return withLock(fileURLToPath(folder), change, { mode: 0o755 });
}

/** Writes it in one step: whoever reads it at that moment sees the old or the new. */
export async function writeLocalState(folder: URL, state: LocalState): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const text = `${JSON.stringify(state, undefined, 2)}\n`;
  // For everybody: a container reads it as another user.
  await replaceFile(fileURLToPath(new URL(FILE, folder)), text, { mode: 0o644 });
}
