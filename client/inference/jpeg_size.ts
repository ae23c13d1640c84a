import { inputSize, type ModelInput } from "@/protocol";
import { fitInside, type SizePx } from "@/vision";

/** What a JPEG is made for. */
export interface JpegTarget {
  /** The input of the model that will see it. */
  readonly input: Pick<ModelInput, "widthPx" | "heightPx" | "sizes" | "placement">;
  /** Of its sizes; 0: the largest. */
  readonly sizeLevel: number;
  /** A further bound; `null` for none. */
  readonly boundPx: SizePx | null;
}

/**
 * The size in which a frame is sent. Models that see a stretched picture get exactly their input:
 * scaling twice would blur. For the others the server adds the padding, so none is sent.
 */
export function jpegSize(frame: SizePx, { input, sizeLevel, boundPx }: JpegTarget): SizePx {
  const { widthPx, heightPx } = inputSize(input, frame, sizeLevel);
  if (input.placement === "stretch") return { widthPx, heightPx };
  return fitInside(frame, {
    widthPx: Math.min(widthPx, boundPx?.widthPx ?? widthPx),
    heightPx: Math.min(heightPx, boundPx?.heightPx ?? heightPx),
  });
}
