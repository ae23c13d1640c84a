import type { ModelVersions, TensorFact } from "@/protocol";
import { hasNumbersElsewhere } from "./onnx_elsewhere.ts";
import { fieldsOf } from "./onnx_fields.ts";

// Reads the few fields of an ONNX file that say what goes in and what comes out. Everything else,
// weights above all, is stepped over: nothing of it is copied or kept.

/** What an ONNX file says of itself. */
export interface OnnxFacts extends ModelVersions {
  /** Program that wrote it, as it calls itself; empty when it does not. */
  readonly producer: string;
  /** Without weights, which old files list here too. */
  readonly inputs: readonly TensorFact[];
  readonly outputs: readonly TensorFact[];
  /** What its maker wrote into it. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Of each output, what its numbers went through last that makes probabilities; `null`: nothing. */
  readonly activations: ReadonlyMap<string, "sigmoid" | "softmax" | null>;
}

/** Why a file cannot be read, as a sentence without its end. */
export class OnnxError extends Error {
  override readonly name = "OnnxError";
}

/** More than any detector has, in or out. */
const MAX_TENSORS = 64;
const MAX_METADATA = 64;
const MAX_OPSETS = 64;
/** Names of 4096 classes fit in, also when each is too long. */
const MAX_METADATA_BYTES = 1 << 20;

// Numbers of fields and types: onnx.proto of ONNX 1.19.
const MODEL = {
  irVersion: 1,
  producerName: 2,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
} as const;
const OPSET = { domain: 1, version: 2 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, operator: 4 } as const;
const TENSOR = { name: 8 } as const;
const VALUE_INFO = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR_TYPE = { elementType: 1, shape: 2 } as const;
const SHAPE = { dimension: 1 } as const;
const DIMENSION = { value: 1, name: 2 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const ELEMENT_TYPES: Readonly<Record<number, string>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** Reads an ONNX file. @throws {OnnxError} If it is none, or has its weights in another file. */
export function readOnnx(bytes: Uint8Array): OnnxFacts {
  try {
    if (hasNumbersElsewhere(bytes)) {
      throw new OnnxError("its weights are in another file: save it as a single one");
    }
    return readModel(bytes);
  } catch (error) {
    if (error instanceof OnnxError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OnnxError(`it is no ONNX file, or damaged (${reason})`, { cause: error });
  }
}

function readModel(bytes: Uint8Array): OnnxFacts {
  let producer = "";
  let irVersion: number | null = null;
  const opsets = new Map<string, number>();
  let graph: Uint8Array | null = null;
  const metadata = new Map<string, string>();
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === MODEL.irVersion && typeof value === "number") irVersion = value;
    if (!(value instanceof Uint8Array)) continue;
    if (number === MODEL.opsetImport && opsets.size < MAX_OPSETS) opsets.set(...readOpset(value));
    if (number === MODEL.producerName) producer = textOf(value).slice(0, 100);
    else if (number === MODEL.graph) graph = value;
    else if (number === MODEL.metadataProps && value.length <= MAX_METADATA_BYTES) {
      if (metadata.size === MAX_METADATA) {
        throw new OnnxError("it has too many entries of metadata");
      }
      metadata.set(...readEntry(value));
    }
  }
  if (graph === null) throw new OnnxError("it is no ONNX file: there is no graph in it");
  return { producer, irVersion, opsets, metadata, ...readGraph(graph) };
}

/** ONNX's own operators go under the empty name, however the file calls them. */
function readOpset(bytes: Uint8Array): [string, number] {
  let [domain, version] = ["", 0];
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === OPSET.domain && value instanceof Uint8Array) domain = textOf(value);
    if (number === OPSET.version && typeof value === "number") version = value;
  }
  return [domain === "ai.onnx" ? "" : domain.slice(0, 100), version];
}

function readGraph(graph: Uint8Array): Pick<OnnxFacts, "inputs" | "outputs" | "activations"> {
  const inputs: TensorFact[] = [];
  const outputs: TensorFact[] = [];
  for (const { number, value } of fieldsOf(graph)) {
    if (!(value instanceof Uint8Array)) continue;
    const tensors = number === GRAPH.input ? inputs : number === GRAPH.output ? outputs : null;
    // Old files list every weight among the inputs.
    if (tensors === null) continue;
    if (tensors.length === MAX_TENSORS * 64) throw new OnnxError("it has too many tensors");
    tensors.push(readValueInfo(value));
  }
  const weights = readWeightNames(graph, new Set(inputs.map(({ name }) => name)));
  const ins = inputs.filter(({ name }) => !weights.has(name));
  for (const [side, { length }] of [["inputs", ins], ["outputs", outputs]] as const) {
    if (length === 0) throw new OnnxError(`it has no ${side}`);
    if (length > MAX_TENSORS) throw new OnnxError(`it has ${length} ${side}`);
  }
  return { inputs: ins, outputs, activations: readActivations(graph, outputs) };
}

/** Operators that move numbers and leave them what they are. */
const MOVERS: ReadonlySet<string> = new Set([
  "Identity",
  "Cast",
  "Reshape",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Slice",
  "Gather",
]);
/** No file has more of them between its scores and its end. */
const MAX_STEPS = 16;

function readActivations(
  graph: Uint8Array,
  outputs: readonly TensorFact[],
): ReadonlyMap<string, "sigmoid" | "softmax" | null> {
  const makers = new Map<string, { readonly operator: string; readonly input: string }>();
  for (const { number, value } of fieldsOf(graph)) {
    if (number !== GRAPH.node || !(value instanceof Uint8Array)) continue;
    let [operator, input] = ["", ""];
    const made: string[] = [];
    for (const field of fieldsOf(value)) {
      if (!(field.value instanceof Uint8Array)) continue;
      if (field.number === NODE.operator) operator = textOf(field.value);
      else if (field.number === NODE.input && input === "") input = textOf(field.value);
      else if (field.number === NODE.output) made.push(textOf(field.value));
    }
    for (const name of made) makers.set(name, { operator, input });
  }
  const before = (name: string): "sigmoid" | "softmax" | null => {
    let maker = makers.get(name);
    for (let step = 0; step < MAX_STEPS && maker !== undefined; step++) {
      if (maker.operator === "Sigmoid") return "sigmoid";
      if (maker.operator === "Softmax") return "softmax";
      if (!MOVERS.has(maker.operator)) return null;
      maker = makers.get(maker.input);
    }
    return null;
  };
  return new Map(outputs.map(({ name }) => [name, before(name)]));
}

/** Which of `names` are weights. */
function readWeightNames(graph: Uint8Array, names: ReadonlySet<string>): Set<string> {
  const weights = new Set<string>();
  for (const { number, value } of fieldsOf(graph)) {
    if (number !== GRAPH.initializer || !(value instanceof Uint8Array)) continue;
    for (const field of fieldsOf(value)) {
      if (field.number !== TENSOR.name || !(field.value instanceof Uint8Array)) continue;
      const name = textOf(field.value);
      if (names.has(name)) weights.add(name);
    }
  }
  return weights;
}

function readValueInfo(bytes: Uint8Array): TensorFact {
  const name = textOf(submessage(bytes, VALUE_INFO.name) ?? new Uint8Array(0));
  const tensor = submessage(submessage(bytes, VALUE_INFO.type), TYPE.tensor);
  if (tensor === null) return { name, type: null, shape: [] };
  let code = 0;
  for (const { number, value } of fieldsOf(tensor)) {
    if (number === TENSOR_TYPE.elementType && typeof value === "number") code = value;
  }
  const shape = submessage(tensor, TENSOR_TYPE.shape);
  return { name, type: ELEMENT_TYPES[code] ?? `type ${code}`, shape: readShape(shape) };
}

function readShape(bytes: Uint8Array | null): (number | string)[] {
  const sizes: (number | string)[] = [];
  for (const { number, value } of fieldsOf(bytes ?? new Uint8Array(0))) {
    if (number !== SHAPE.dimension || !(value instanceof Uint8Array)) continue;
    if (sizes.length === 16) throw new OnnxError("it has a tensor of more than 16 axes");
    // One without a size is as good as one with a name.
    let size: number | string = "";
    for (const field of fieldsOf(value)) {
      // Some exporters write −1 or 0 for what is given when the model is run.
      if (field.number === DIMENSION.value && typeof field.value === "number") {
        size = field.value > 0 ? field.value : "";
      } else if (field.number === DIMENSION.name && field.value instanceof Uint8Array) {
        size = textOf(field.value).slice(0, 64);
      }
    }
    sizes.push(size);
  }
  return sizes;
}

function readEntry(bytes: Uint8Array): [string, string] {
  const part = (number: number) => textOf(submessage(bytes, number) ?? new Uint8Array(0));
  return [part(ENTRY.key), part(ENTRY.value)];
}

/** The last field of that number, as protobuf has it for fields that may be there once. */
function submessage(bytes: Uint8Array | null, wanted: number): Uint8Array | null {
  let found: Uint8Array | null = null;
  for (const { number, value } of fieldsOf(bytes ?? new Uint8Array(0))) {
    if (number === wanted && value instanceof Uint8Array) found = value;
  }
  return found;
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
