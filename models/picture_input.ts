import { isInputType, shapeText, type TensorFact, type TensorInputType } from "@/protocol";
import { ModelFault } from "./check_process.ts";
import type { OnnxFacts } from "./onnx_file.ts";

/** The input that a picture goes into. */
export interface PictureInput {
  readonly name: string;
  readonly type: TensorInputType;
  readonly layout: "nchw" | "nhwc";
  readonly shape: TensorFact["shape"];
  /** Height and width as the file has them. */
  readonly sides: readonly (number | string | undefined)[];
  /** The input that is told the size; `null`: none. */
  readonly sizeName: string | null;
}

/**
 * Finds the one tensor that a picture can go into.
 * @throws {ModelFault} Naming what is there instead.
 */
export function pictureInput({ inputs }: OnnxFacts): PictureInput {
  const size = inputs.length === 2 ? inputs.find(isSizeInput) : undefined;
  const [input, ...others] = inputs.filter((tensor) => tensor !== size);
  if (input === undefined || others.length > 0) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    const hint = inputs.some(({ name }) => /im_shape|scale_factor|pixel_mask/.test(name))
      ? ": export it so that the picture is all it takes (for PaddleDetection without its post-processing, for Hugging Face without pixel_mask)"
      : "";
    throw new ModelFault(
      `it has ${inputs.length} inputs (${names}), expected one picture${hint}`,
    );
  }
  const { name, type, shape } = input;
  const inner = shape.length === 4 ? shape.slice(1) : shape;
  const isOpenOr = (axis: number | string | undefined, wanted: number) =>
    typeof axis === "string" || axis === wanted;
  const layout = inner[2] === 3 && inner[0] !== 3 ? "nhwc" : "nchw";
  const [channels, ...sides] = layout === "nhwc" ? [inner[2], inner[0], inner[1]] : inner;
  const isPicture = inner.length === 3 && isOpenOr(channels, 3) &&
    (shape.length === 3 || isOpenOr(shape[0], 1)) &&
    sides.every((side) => typeof side === "string" || (side! >= 32 && side! <= 2048));
  if (isInputType(type) && isPicture) {
    return { name, type, layout, shape, sides, sizeName: size?.name ?? null };
  }
  throw new ModelFault(
    `input "${name}" is ${type ?? "not a tensor"} ${
      shapeText(shape)
    }, expected float32, float16 or uint8 [1, 3, height, width] or [1, height, width, 3], each side from 32 to 2048`,
  );
}

/** What models that are trained like RT-DETR take beside the picture. */
function isSizeInput({ type, shape }: TensorFact): boolean {
  return type === "int64" && shape.length === 2 && shape[1] === 2;
}
