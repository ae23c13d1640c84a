import type { ModelEntry, TensorInputType } from "@/protocol";
import type { Feed } from "./head_clues.ts";

/** How pixels become numbers, and where the picture goes. */
export type InputHabit = Pick<
  ModelEntry["input"],
  "placement" | "pad" | "order" | "mean" | "std"
>;

type Three = [number, number, number];
const NOTHING: Three = [0, 0, 0];
const ONE: Three = [1, 1, 1];
const BYTE: Three = [255, 255, 255];
/** Of ImageNet's pictures, red first, in units of 0–255. */
const MEAN: Three = [123.675, 116.28, 103.53];
const STD: Three = [58.395, 57.12, 57.375];
const reversed = ([a, b, c]: Three): Three => [c, b, a];

const HABITS: Readonly<Record<Feed, InputHabit>> = {
  yolo: { placement: "center", pad: 114, order: "rgb", mean: NOTHING, std: BYTE },
  yolox: { placement: "top-left", pad: 114, order: "bgr", mean: NOTHING, std: ONE },
  nanodet: { placement: "stretch", pad: 0, order: "bgr", mean: reversed(MEAN), std: reversed(STD) },
  "plain-stretch": { placement: "stretch", pad: 0, order: "rgb", mean: NOTHING, std: BYTE },
  "imagenet-stretch": { placement: "stretch", pad: 0, order: "rgb", mean: MEAN, std: STD },
  rtmdet: {
    placement: "top-left",
    pad: 114,
    order: "bgr",
    mean: reversed(MEAN),
    std: reversed(STD),
  },
  // From −1 to 1.
  tensorflow: {
    placement: "stretch",
    pad: 0,
    order: "rgb",
    mean: [127.5, 127.5, 127.5],
    std: [127.5, 127.5, 127.5],
  },
};

/** How a family of models wants to be fed, unless its owner says otherwise. */
export function usualInput(feed: Feed, type: TensorInputType): InputHabit {
  const habit = HABITS[feed];
  // Whoever takes bytes does the rest in the graph.
  return type === "uint8" ? { ...habit, mean: NOTHING, std: ONE } : habit;
}
