import { fileURLToPath } from "node:url";
import type { ModelEntry, TensorFact } from "@/protocol";
import type { CheckAnswer, CheckRequest, CheckResult } from "../server/inference/check_model.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const ENTRY = `${ROOT}server/inference/check_model.ts`;
/** Code, and the packages with their native parts. */
const OWN_FOLDERS = ["server", "crates/vision", "node_modules", "deno.json"];
/** Large models on slow computers take seconds; what takes longer hangs. */
const LIMIT_MS = 120_000;

/** Why a model cannot be used, as a sentence without its end. */
export class ModelFault extends Error {
  override readonly name = "ModelFault";
}

/**
 * Runs a model once on nothing. @returns Its outputs with their sizes.
 * @throws {ModelFault} If it does not run.
 */
export async function probeModel(
  path: string,
  input: Pick<ModelEntry["input"], "name" | "widthPx" | "heightPx">,
): Promise<readonly TensorFact[]> {
  const { name, widthPx, heightPx } = input;
  const request = { kind: "probe", path, input: { name, widthPx, heightPx } } as const;
  const answer = await ask(request, [path]);
  if (answer.kind === "outputs") return answer.outputs;
  throw new ModelFault(answer.kind === "fault" ? answer.message : "it was not looked at");
}

/** How a model is looked at. */
export interface CheckOptions {
  /** A JPEG; `null`: a drawn one, in which there is nothing to be found. */
  readonly picturePath?: string | null;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Sends one picture through the frame path of server mode.
 * @throws {ModelFault} Naming the tensor that is wrong.
 */
export async function checkModel(
  entry: ModelEntry,
  path: string,
  { picturePath = null, signal }: CheckOptions = {},
): Promise<CheckResult> {
  const request = { kind: "check", entry, path, picturePath } as const;
  const files = picturePath === null ? [path] : [path, picturePath];
  const answer = await ask(request, files, signal);
  if (answer.kind === "checked") return answer.result;
  throw new ModelFault(answer.kind === "fault" ? answer.message : "it was not looked at");
}

/** In a process apart, which may read the model, and neither write nor reach a network. */
async function ask(
  request: CheckRequest,
  files: readonly string[],
  signal: AbortSignal | null = null,
): Promise<CheckAnswer> {
  const read = [...OWN_FOLDERS.map((path) => ROOT + path), ...files];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT_MS);
  const { code, signal: endedBy, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", `--config=${ROOT}deno.json`],
      `--allow-read=${read.map(escapeComma).join(",")}`,
      `--allow-ffi=${escapeComma(`${ROOT}node_modules`)}`,
      ENTRY,
      JSON.stringify(request),
    ],
    // Else onnxruntime reports its use to its makers.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    signal: signal === null ? stop.signal : AbortSignal.any([stop.signal, signal]),
    stdin: "null",
  }).output();
  clearTimeout(timer);
  if (code === 0) return JSON.parse(new TextDecoder().decode(stdout));
  const how = stop.signal.aborted
    ? `does not answer within ${LIMIT_MS / 1000} s`
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
