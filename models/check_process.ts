import { fileURLToPath } from "node:url";
import type { ModelEntry, TensorFact } from "@/protocol";
import { MAX_OUTPUT_NUMBERS, MAX_RUN_MS, MAX_TRIAL_BYTES, TRIAL_LIMIT_MS } from "./limits.ts";
import type {
  BoundedRequest,
  CheckAnswer,
  CheckPhoto,
  CheckResult,
  ProbeSource,
  SentOutput,
  TrialLimits,
} from "./model_check.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const ENTRY = `${ROOT}server/inference/check_model.ts`;
/** Code, and the packages with their native parts. */
const OWN_FOLDERS = ["server", "crates/vision", "node_modules", "deno.json"];

const TRIAL_LIMITS: TrialLimits = {
  maxBytes: MAX_TRIAL_BYTES,
  maxRunMs: MAX_RUN_MS,
  maxOutputNumbers: MAX_OUTPUT_NUMBERS,
};

/** Why a model cannot be used, as a sentence without its end. */
export class ModelFault extends Error {
  override readonly name = "ModelFault";
}

/** An output as a run gave it; numbers as f32, where it has any that heads are made of. */
export interface SeenOutput extends TensorFact {
  readonly shape: readonly number[];
  readonly numbers: Float32Array | null;
}

/**
 * Has a model looked at.
 * @param files What of the disk is needed for it.
 */
export type Examine = (
  request: BoundedRequest,
  files: readonly string[],
  signal?: AbortSignal,
) => Promise<CheckAnswer>;

/**
 * Runs a model on drawn pictures. @returns Of each its outputs.
 * @throws {ModelFault} If it does not run, or not within its bounds.
 */
export async function probeModel(
  path: string,
  input: ProbeSource["input"],
  { limits = TRIAL_LIMITS, examine = examineApart }: {
    readonly limits?: TrialLimits;
    readonly examine?: Examine | undefined;
  } = {},
): Promise<readonly (readonly SeenOutput[])[]> {
  const answer = await examine({ kind: "probe", path, input, limits }, [path]);
  if (answer.kind === "outputs") return answer.runs.map((outputs) => outputs.map(seen));
  throw new ModelFault(answer.kind === "fault" ? answer.message : "it was not looked at");
}

function seen({ numbers, ...fact }: SentOutput): SeenOutput {
  if (numbers === null) return { ...fact, numbers };
  return { ...fact, numbers: new Float32Array(Uint8Array.fromBase64(numbers).buffer) };
}

/** How a model is looked at. */
export interface CheckOptions {
  /** Pictures of which it is known what is in them. */
  readonly photos?: readonly CheckPhoto[];
  /** A JPEG; what is found in it comes back. `null`: what is found in a drawn one. */
  readonly picturePath?: string | null;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** @default {examineApart} */
  readonly examine?: Examine | undefined;
}

/**
 * Sends pictures through the frame path of server mode: drawn ones, in which there is nothing to be
 * found, and then those given.
 * @throws {ModelFault} Naming the tensor that is wrong, or the bound that it does not keep.
 */
export async function checkModel(
  entry: ModelEntry,
  path: string,
  { photos = [], picturePath = null, signal, examine = examineApart }: CheckOptions = {},
): Promise<CheckResult> {
  const files = [path, ...photos.map((photo) => photo.path)];
  if (picturePath !== null) files.push(picturePath);
  const limits = TRIAL_LIMITS;
  const request = { kind: "check", entry, path, photos, picturePath, limits } as const;
  const answer = await examine(request, files, signal);
  if (answer.kind === "checked") return answer.result;
  throw new ModelFault(answer.kind === "fault" ? answer.message : "it was not looked at");
}

/** In a process apart, which may read the model, and neither write nor reach a network. */
export async function examineApart(
  request: BoundedRequest,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<CheckAnswer> {
  const read = [...OWN_FOLDERS.map((path) => ROOT + path), ...files];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TRIAL_LIMIT_MS);
  const { code, signal: endedBy, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", `--config=${ROOT}deno.json`],
      `--allow-read=${read.map(escapeComma).join(",")}`,
      `--allow-ffi=${escapeComma(`${ROOT}node_modules`)}`,
      ENTRY,
      JSON.stringify(request),
    ],
    env: {
      // Else onnxruntime reports its use to its makers.
      ORT_DISABLE_TELEMETRY: "1",
      // And else Deno would not say what ended it, where these ask for that.
      OTEL_DENO: "false",
      OTEL_DENO_CONSOLE: "ignore",
    },
    signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
    stdin: "null",
  }).output();
  clearTimeout(timer);
  if (code === 0) return JSON.parse(new TextDecoder().decode(stdout));
  const how = stop.signal.aborted
    ? `does not answer within ${TRIAL_LIMIT_MS / 1000} s`
    : `ends the runtime (${endedBy ?? `status ${code}`}) ${lastLine(stderr)}`;
  return { kind: "fault", message: `it ${how.trim()}` };
}

function lastLine(bytes: Uint8Array): string {
  const line = new TextDecoder().decode(bytes).trim().split("\n").at(-1) ?? "";
  // deno-lint-ignore no-control-regex -- colours
  return line.replace(/\x1b\[[0-9;]*m/g, "").slice(0, 300);
}

/** A comma separates paths in these flags; two of them stand for one in a name. */
function escapeComma(path: string): string {
  return path.replaceAll(",", ",,");
}
