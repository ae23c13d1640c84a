// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import * as core from "./pkg/vision.js";
import { type BoxesKind, boxesStructure, type HeadSpec, isGridKind } from "./families.ts";
import type { VisionSpec } from "./spec.ts";
import { uint32 } from "./uint32.ts";

/** Makes the core's side of a model. @throws What the core throws. */
export function makePipeline({ input, head }: VisionSpec, simd: boolean): core.Pipeline {
  const inputSpec = new core.InputSpec(
    uint32(input.widthPx, "widthPx"),
    uint32(input.heightPx, "heightPx"),
    input.layout ?? "nchw",
    input.placement,
    input.pad,
    input.order,
    Float32Array.from(input.mean),
    Float32Array.from(input.std),
  );
  try {
    const headSpec = isBoxes(head) ? makeBoxes(head) : makeGrid(head);
    try {
      return new core.Pipeline(inputSpec, headSpec, simd);
    } finally {
      headSpec.free();
    }
  } finally {
    inputSpec.free();
  }
}

function isBoxes(head: HeadSpec): head is HeadSpec & { readonly kind: BoxesKind } {
  return !isGridKind(head.kind);
}

function makeGrid({ kind, classes, strides }: HeadSpec): core.HeadSpec {
  const numbers = Uint32Array.from(strides, (stride) => uint32(stride, "strides"));
  return core.HeadSpec.grid(kind as core.GridKind, uint32(classes, "classes"), numbers);
}

function makeBoxes(head: HeadSpec & { readonly kind: BoxesKind }): core.HeadSpec {
  uint32(head.classes, "classes");
  const { format, unit, layout, activation, isThinned, boxes, classIds, tensors } = boxesStructure(
    head,
  );
  const spec = core.HeadSpec.boxes(
    format,
    unit,
    layout,
    activation,
    isThinned,
    uint32(boxes, "boxes"),
    Uint32Array.from(classIds),
  );
  try {
    for (const parts of tensors) {
      spec.addTensor();
      for (const [part, values] of parts) spec.addPart(part, uint32(values, part));
    }
    return spec;
  } catch (error) {
    spec.free();
    throw error;
  }
}
