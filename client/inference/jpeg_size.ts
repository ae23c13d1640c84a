import type { ServedModel } from "@/protocol";
import { fitInside, type SizePx } from "@/vision";

/** What a JPEG is made for. */
export interface JpegTarget {
  /** The input of the model that will see it. */
  readonly input: Pick<ServedModel["input"], "widthPx" | "heightPx" | "placement">;
  /** A further bound; `null` for none. */
  readonly boundPx: SizePx | null;
}

/**
 * The size in which a frame is sent. Models that see a stretched picture get exactly their input:
 * scaling twice would blur. For the others the server adds the padding, so none is sent.
 */
export function jpegSize(frame: SizePx, { input, boundPx }: JpegTarget): SizePx {
  const { widthPx, heightPx, placement } = input;
  if (placement === "stretch") return { widthPx, heightPx };
  return fitInside(frame, {
    widthPx: Math.min(widthPx, boundPx?.widthPx ?? widthPx),
    heightPx: Math.min(heightPx, boundPx?.heightPx ?? heightPx),
  });
}
