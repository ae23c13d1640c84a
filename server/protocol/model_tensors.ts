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

/**
 * Why pixels cannot be fed as an entry says; `null` if they can.
 * A sentence without its end.
 */
export function scaleFault(
  { name, mean, std }: Pick<ModelEntry["input"], "name" | "mean" | "std">,
  { type }: Pick<PictureTensor, "type">,
): string | null {
  const isPlain = mean.every((value) => value === 0) && std.every((value) => value === 1);
  if (type !== "uint8" || isPlain) return null;
  return `input "${name}" is uint8 and takes pixels as they are: its mean must be 0 and its std 1`;
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
