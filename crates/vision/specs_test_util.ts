import type { FrameLayout, InputSpec, SizePx } from "./mod.ts";

/** A model input that holds pixel values as they are. */
export function plainInput(widthPx: number, heightPx: number): InputSpec {
  return {
    widthPx,
    heightPx,
    placement: "center",
    pad: 0,
    order: "rgb",
    mean: [0, 0, 0],
    std: [1, 1, 1],
  };
}

/** How an RGBA picture without gaps lies in memory. */
export function rgbaLayout({ widthPx, heightPx }: SizePx): FrameLayout {
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format: "RGBA", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}
