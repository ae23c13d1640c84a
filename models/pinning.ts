import { basename } from "node:path";
import { type ManifestEntry, type ModelEntry, versionFault } from "@/protocol";
import { checkModel, ModelFault } from "./check_process.ts";
import type { FileFact } from "./file_hash.ts";
import { MAX_MODEL_BYTES } from "./limits.ts";
import type { Pin } from "./local_state.ts";
import { OnnxError, type OnnxFacts, readOnnx } from "./onnx_file.ts";

/**
 * Looks at a file that the manifest has no checksum of, before it is used for the first time: it has to
 * be the model that the manifest describes.
 *
 * @param file Its path, size and hash.
 * @throws {ModelFault} Naming the tensor that is wrong.
 */
export async function makePin(
  entry: ManifestEntry,
  file: FileFact & { readonly path: string; readonly url: string | null },
): Promise<Pin> {
  const facts = await readModelFile(file.path);
  const inputName = nameOf(facts.inputs, entry.input.name, "input");
  const headNames = namesOf(facts.outputs, entry.head.outputs);
  const { urls: _urls, obtain: _obtain, rank: _rank, labels: _labels, ...described } = entry;
  const { bytes, sha256 } = file;
  const model: ModelEntry = {
    ...described,
    bytes,
    sha256,
    input: { ...entry.input, name: inputName },
    head: { ...entry.head, outputs: headNames },
  };
  await checkModel(model, file.path);
  const pinnedAt = new Date().toISOString();
  return { id: entry.id, bytes, sha256, inputName, headNames, url: file.url, pinnedAt };
}

/**
 * Reads what a file says of itself.
 * @throws {ModelFault} If it is no ONNX file, too large, or newer than the runtime.
 */
export async function readModelFile(path: string): Promise<OnnxFacts> {
  const { size } = await Deno.stat(path);
  if (size > MAX_MODEL_BYTES) {
    throw new ModelFault(`it has ${size} bytes, more than the ${MAX_MODEL_BYTES} that are taken`);
  }
  const facts = read(await Deno.readFile(path));
  const fault = versionFault(facts, basename(path));
  if (fault !== null) throw new ModelFault(fault);
  return facts;
}

function read(bytes: Uint8Array): OnnxFacts {
  try {
    return readOnnx(bytes);
  } catch (error) {
    if (error instanceof OnnxError) throw new ModelFault(error.message, { cause: error });
    throw error;
  }
}

/** Of several outputs, each has its name. */
function namesOf(
  tensors: readonly { readonly name: string }[],
  expected: readonly string[],
): string[] {
  if (expected.length === 1) return [nameOf(tensors, expected[0]!, "output")];
  for (const name of expected) {
    if (!tensors.some((tensor) => tensor.name === name)) throw missing(tensors, name, "output");
  }
  return [...expected];
}

/** Releases of one model have called their tensors differently; where there is but one, it is that. */
function nameOf(
  tensors: readonly { readonly name: string }[],
  expected: string,
  side: string,
): string {
  if (tensors.some(({ name }) => name === expected)) return expected;
  const [only] = tensors;
  if (tensors.length === 1 && only !== undefined) return only.name;
  throw missing(tensors, expected, side);
}

function missing(
  tensors: readonly { readonly name: string }[],
  expected: string,
  side: string,
): ModelFault {
  const names = tensors.map(({ name }) => `"${name}"`).join(", ");
  return new ModelFault(`${side} "${expected}" is missing (the file has ${names})`);
}
