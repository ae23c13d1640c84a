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

/** Element types that frames can be given in and heads taken in. */
export const TENSOR_TYPES = ["float32", "float16"] as const;
/** See {@linkcode TENSOR_TYPES}. */
export type TensorType = (typeof TENSOR_TYPES)[number];

/** What a tensor has to be. */
export interface WantedTensor {
  readonly side: "input" | "output";
  readonly name: string;
  readonly shape: readonly number[];
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
  const { side, name, shape } = wanted;
  const tensor = all.find((candidate) => candidate.name === name);
  const is = tensor === undefined
    ? `missing (the file has ${all.map((candidate) => `"${candidate.name}"`).join(", ") || "none"})`
    : tensor.type === null
    ? "not a tensor"
    : isTensorType(tensor.type) && fits(tensor.shape, shape)
    ? null
    : `${tensor.type} ${shapeText(tensor.shape)}`;
  if (is === null) return null;
  return `${file} does not fit: ${side} "${name}" is ${is}, expected ${TENSOR_TYPES.join(" or ")} ${
    shapeText(shape)
  }`;
}

/** What {@linkcode tensorFault} is to be asked for a model. @param headShape As `Vision` has it. */
export function wantedTensors(
  { input, head }: Pick<ModelEntry, "input" | "head">,
  headShape: readonly number[],
): { readonly input: WantedTensor; readonly output: WantedTensor } {
  return {
    input: { side: "input", name: input.name, shape: [1, 3, input.heightPx, input.widthPx] },
    output: { side: "output", name: head.name, shape: headShape },
  };
}

/** Whether tensors of the type can be used. */
export function isTensorType(type: string | null): type is TensorType {
  return TENSOR_TYPES.some((known) => known === type);
}

/** A shape as people write it. */
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.map((size) => size === "" ? "?" : size).join(", ")}]`;
}

/** A size given by name takes any number. */
function fits(shape: readonly (number | string)[], wanted: readonly number[]): boolean {
  return shape.length === wanted.length &&
    wanted.every((size, axis) => typeof shape[axis] === "string" || shape[axis] === size);
}
