import type { ModelEntry, TensorFact } from "@/protocol";
import type { SeenOutput } from "./check_process.ts";

/** See the manifest. */
export type Head = ModelEntry["head"];
/** A way to read boxes. */
export type HeadKind = Head["kind"];

/**
 * How a model was trained to be fed, where its head alone does not say: what the programs do that
 * train and export such models.
 */
export type Feed =
  | "yolo"
  | "yolox"
  | "nanodet"
  | "plain-stretch"
  | "imagenet-stretch"
  | "rtmdet"
  | "tensorflow";

/** One way to read some of a model's outputs. */
export interface Reading {
  readonly head: Head;
  readonly feed: Feed;
  /** A class name that goes without saying. */
  readonly names: readonly string[] | null;
  /** What its outputs were recognised by beside their shapes: names, or what the file says of itself. */
  readonly isNamed: boolean;
}

/** What is known of a model when its head is looked for. */
export interface HeadClues {
  readonly widthPx: number;
  readonly heightPx: number;
  /** As a run gave them. */
  readonly outputs: readonly TensorFact[];
  /** Names of outputs whose number of boxes is open in the file. */
  readonly open: ReadonlySet<string>;
  /** Names of those whose number of boxes is another from picture to picture. */
  readonly varying: ReadonlySet<string>;
  /** Of each picture that it was tried on. */
  readonly runs: readonly (readonly SeenOutput[])[];
  /** How many class names there are; `null`: none are known. */
  readonly classes: number | null;
  /** Whether they are those of COCO. */
  readonly isCoco: boolean;
  /** What the model's owner says; `null`: nothing. */
  readonly kind: HeadKind | null;
  /** Which outputs its owner names; `null`: none. */
  readonly wished: readonly string[] | null;
  /** What Ultralytics' exporter says it is for; `null`: nothing. */
  readonly task: string | null;
  /** Whether it was exported by Ultralytics' program, or by one that was made from it. */
  readonly isUltralytics: boolean;
  /** Whether it has a second input, for the size of the picture, as what is trained like RT-DETR has. */
  readonly isToldSize: boolean;
  /** Probabilities made in the graph, by name of the output. */
  readonly activations: ReadonlyMap<string, "sigmoid" | "softmax" | null>;
}
