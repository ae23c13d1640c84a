// This module is browser compatible.
import type { ModelEntry } from "./model.ts";

/** A tensor as an ONNX file declares it, or as a runtime reads it. */
export interface TensorFact {
  readonly name: string;
  /** Element type as onnxruntime spells it; `null`: it is no tensor. */
  readonly type: string | null;
  /** A size that is not a number is given when the model is run. */
  readonly shape: readonly (number | string)[];
}

/** Element types that frames can be given in. */
export const INPUT_TYPES = ["float32", "float16", "uint8"] as const;
/** See {@linkcode INPUT_TYPES}. */
export type TensorInputType = (typeof INPUT_TYPES)[number];
/** Element types that heads can be taken in; numbers of classes are whole ones often. */
export const OUTPUT_TYPES = ["float32", "float16", "int32", "int64"] as const;

/** Size of one axis: a number, or up to so many. */
export type WantedSize = number | { readonly most: number };

/** What a tensor has to be. */
export interface WantedTensor {
  readonly side: "input" | "output";
  readonly name: string;
  readonly types: readonly string[];
  /** With a batch axis of 1, which may be missing. */
  readonly shape: readonly WantedSize[];
}

/**
 * A sentence about the first tensor of a model that is not as wanted: its name, what was expected and
 * what is there. `null` when all are.
 */
export function tensorFault(
  file: string,
  wanted: WantedTensor,
  all: readonly TensorFact[],
): string | null {
  const { side, name, types, shape } = wanted;
  const tensor = all.find((candidate) => candidate.name === name);
  const is = tensor === undefined
    ? `missing (the file has ${all.map((candidate) => `"${candidate.name}"`).join(", ") || "none"})`
    : tensor.type === null
    ? "not a tensor"
    : types.includes(tensor.type) && fits(tensor.shape, shape)
    ? null
    : `${tensor.type} ${shapeText(tensor.shape)}`;
  if (is === null) return null;
  return `${file} does not fit: ${side} "${name}" is ${is}, expected ${orText(types)} ${
    shapeText(shape)
  }`;
}

/** What {@linkcode tensorFault} is to be asked for a model. */
export interface WantedTensors {
  /** The picture's. */
  readonly input: WantedTensor;
  /** All that are fed. */
  readonly inputs: readonly WantedTensor[];
  /** In the order of the head's. */
  readonly outputs: readonly WantedTensor[];
}

/** @param headShapes As `Vision` has them. */
export function wantedTensors(
  { input, head }: {
    readonly input: Pick<
      ModelEntry["input"],
      "name" | "layout" | "widthPx" | "heightPx" | "sizeName"
    >;
    readonly head: Pick<ModelEntry["head"], "outputs">;
  },
  headShapes: readonly (readonly WantedSize[])[],
): WantedTensors {
  const { widthPx, heightPx, layout, name, sizeName } = input;
  const shape = layout === "nhwc" ? [1, heightPx, widthPx, 3] : [1, 3, heightPx, widthPx];
  const picture: WantedTensor = { side: "input", name, types: INPUT_TYPES, shape };
  const size: WantedTensor[] = sizeName === undefined
    ? []
    : [{ side: "input", name: sizeName, types: ["int64"], shape: [1, 2] }];
  return {
    input: picture,
    inputs: [picture, ...size],
    outputs: head.outputs.map((output, at) => ({
      side: "output",
      name: output,
      types: OUTPUT_TYPES,
      shape: headShapes[at] ?? [],
    })),
  };
}

/** How the picture of a model is fed. */
export interface PictureTensor {
  readonly type: TensorInputType;
  readonly dims: readonly number[];
}

/**
 * Type and sizes of the input that a file has, which must be as wanted.
 * @param facts As the runtime reads them.
 */
export function pictureTensor(
  { input }: Pick<WantedTensors, "input">,
  facts: readonly TensorFact[],
): PictureTensor {
  const fact = facts.find(({ name }) => name === input.name);
  const shape = input.shape as readonly number[];
  const dims = fact !== undefined && fact.shape.length < shape.length ? shape.slice(1) : shape;
  return { type: INPUT_TYPES.find((known) => known === fact?.type) ?? "float32", dims };
}

/** Why pixels cannot be fed as an entry says; `null` if they can. A sentence without its end. */
export function scaleFault(
  { name, mean, std }: Pick<ModelEntry["input"], "name" | "mean" | "std">,
  { type }: Pick<PictureTensor, "type">,
): string | null {
  const isPlain = mean.every((value) => value === 0) && std.every((value) => value === 1);
  if (type !== "uint8" || isPlain) return null;
  return `input "${name}" is uint8 and takes pixels as they are: its mean must be 0 and its std 1`;
}

/** What a runtime says of a tensor. */
type TensorMetadata =
  | {
    readonly isTensor: true;
    readonly name: string;
    readonly type: string;
    readonly shape: readonly (number | string)[];
  }
  | { readonly isTensor: false; readonly name: string };

/** A loaded model, as its entry and its runtime describe it. */
export interface LoadedModel<Fed> {
  readonly model: {
    readonly file: string;
    readonly input: ModelEntry["input"];
    readonly head: Pick<ModelEntry["head"], "outputs">;
  };
  /** Dimensions of the outputs that can be decoded for an input of this size, as `Vision` has them. */
  headShapesOf(inputPx: SizePx): readonly (readonly WantedSize[])[];
  readonly inputMetadata: readonly TensorMetadata[];
  readonly outputMetadata: readonly TensorMetadata[];
  /** Throws the caller's own error. @param fault A sentence without its end. */
  refuse(fault: string): never;
  /** Makes what feeds an input of one size. */
  feed(input: ModelEntry["input"], picture: PictureTensor): Fed;
}

/** A size of the input, as entries have it. */
type SizePx = Pick<ModelEntry["input"], "widthPx" | "heightPx">;

/** Tensors of a loaded model: checked against its entry, and made once for each size of the input. */
export class ModelTensors<Fed> {
  /** The picture's at the model's own size. */
  readonly picture: PictureTensor;
  readonly #loaded: LoadedModel<Fed>;
  readonly #inputs: readonly TensorFact[];
  readonly #sized = new Map<
    string,
    { readonly fed: Fed; readonly outputs: readonly WantedTensor[] }
  >();

  /** Refuses a file that is not of the shape its entry says. */
  constructor(loaded: LoadedModel<Fed>) {
    this.#loaded = loaded;
    const { model, headShapesOf, inputMetadata, outputMetadata } = loaded;
    const wanted = wantedTensors(model, headShapesOf(model.input));
    this.#inputs = inputMetadata.map(factOf);
    for (const tensor of wanted.inputs) this.#check(tensor, this.#inputs);
    const outputs = outputMetadata.map(factOf);
    for (const tensor of wanted.outputs) this.#check(tensor, outputs);
    this.picture = pictureTensor(wanted, this.#inputs);
    const fault = scaleFault(model.input, this.picture);
    if (fault !== null) loaded.refuse(fault);
  }

  /** What feeds an input of this size. */
  feedOf(inputPx: SizePx): Fed {
    return this.#of(inputPx).fed;
  }

  /** The head's tensors of a run, in their order. Of sizes that a file gives by name, each run tells the numbers. */
  outputsOf<Output extends { readonly type: string; readonly dims: readonly number[] }>(
    inputPx: SizePx,
    results: Readonly<Record<string, Output>>,
  ): Output[] {
    return this.#of(inputPx).outputs.map((wanted) => {
      const { name } = wanted;
      const output = results[name]!;
      this.#check(wanted, [{ name, type: output.type, shape: output.dims }]);
      return output;
    });
  }

  #of(inputPx: SizePx) {
    const name = `${inputPx.widthPx}x${inputPx.heightPx}`;
    let made = this.#sized.get(name);
    if (made === undefined) {
      const { model, headShapesOf, feed } = this.#loaded;
      const input = { ...model.input, ...inputPx };
      const wanted = wantedTensors({ ...model, input }, headShapesOf(inputPx));
      made = { fed: feed(input, pictureTensor(wanted, this.#inputs)), outputs: wanted.outputs };
      this.#sized.set(name, made);
    }
    return made;
  }

  #check(wanted: WantedTensor, all: readonly TensorFact[]): void {
    const { model, refuse } = this.#loaded;
    const fault = tensorFault(model.file, wanted, all);
    if (fault !== null) refuse(fault);
  }
}

/** What a runtime says of a tensor, as it is compared. */
export function factOf(tensor: TensorMetadata): TensorFact {
  return tensor.isTensor
    ? { name: tensor.name, type: tensor.type, shape: tensor.shape }
    : { name: tensor.name, type: null, shape: [] };
}

/** Whether frames can be given in tensors of the type. */
export function isInputType(type: string | null): type is TensorInputType {
  return INPUT_TYPES.some((known) => known === type);
}

/** A shape as people write it. */
export function shapeText(shape: readonly (string | WantedSize)[]): string {
  const text = (size: string | WantedSize) =>
    typeof size === "object" ? `up to ${size.most}` : size === "" ? "?" : size;
  return `[${shape.map(text).join(", ")}]`;
}

/** Words as in "one, two or three". */
function orText(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A size given by name takes any number; axes of 1 before and after count for nothing. */
function fits(shape: readonly (number | string)[], wanted: readonly WantedSize[]): boolean {
  const isOpen = (size: number | string | undefined) => typeof size !== "number" || size < 0;
  const isOne = (size: number | string | undefined) => size === 1 || isOpen(size);
  if (shape.length < wanted.length) {
    return wanted[0] === 1 && fits(shape, wanted.slice(1));
  }
  if (shape.length > wanted.length) {
    if (isOne(shape.at(-1)) && fits(shape.slice(0, -1), wanted)) return true;
    return isOne(shape[0]) && fits(shape.slice(1), wanted);
  }
  return wanted.every((size, axis) => {
    const is = shape[axis];
    if (is === undefined || typeof is !== "number" || is < 0) return true;
    return typeof size === "number" ? is === size : is <= size.most;
  });
}

/** What the second input of some models is told: the size of the picture. */
export function sizeFeed<T>(
  { sizeName, widthPx, heightPx }: Pick<ModelEntry["input"], "sizeName" | "widthPx" | "heightPx">,
  tensorOf: (data: BigInt64Array, dims: number[]) => T,
): Record<string, T> {
  if (sizeName === undefined) return {};
  return { [sizeName]: tensorOf(BigInt64Array.of(BigInt(widthPx), BigInt(heightPx)), [1, 2]) };
}
