import type { ModelEntry, TensorFact } from "@/protocol";

// What a process that looks at one model is asked and answers: `server/inference/check_model.ts`.

/** A model that nothing is known of but its input. */
export interface ProbeSource {
  readonly path: string;
  readonly input: Pick<
    ModelEntry["input"],
    "name" | "widthPx" | "heightPx" | "layout" | "sizeName"
  >;
}

/** An output of a run, with its numbers where it has any that heads are made of. */
export interface ProbedOutput extends TensorFact {
  readonly shape: readonly number[];
  readonly numbers: Float32Array | null;
}

/** What is to be done with a model. */
export type CheckRequest =
  | ({ readonly kind: "probe" } & ProbeSource)
  | {
    readonly kind: "check";
    readonly entry: ModelEntry;
    readonly path: string;
    /** JPEGs that it is tried on, after the drawn ones. */
    readonly photos: readonly CheckPhoto[];
    /** A JPEG; says what is found in it. `null`: none. */
    readonly picturePath: string | null;
  };

/** Bounds of a trial. */
export interface TrialLimits {
  /** Memory of the whole process. */
  readonly maxBytes: number;
  readonly maxRunMs: number;
  /** Numbers in all outputs of one run. */
  readonly maxOutputNumbers: number;
}

/** A request with what it has to keep within. */
export type BoundedRequest = CheckRequest & { readonly limits: TrialLimits };

/** A picture of which it is known what is in it. */
export interface CheckPhoto {
  readonly path: string;
  /** Classes of things in it, as the model counts them. */
  readonly expects: readonly number[];
}

/** A box, by class and score. */
export interface CheckFind {
  readonly classId: number;
  readonly score: number;
  readonly box: {
    readonly xmin: number;
    readonly ymin: number;
    readonly xmax: number;
    readonly ymax: number;
  };
}

/** What a check saw. */
export interface CheckResult {
  /** Median of a few runs, ms. */
  readonly runMs: number;
  /** Boxes at the model's own threshold, in the picture or else the first drawn one; the best first. */
  readonly found: readonly CheckFind[];
  /** Of each photograph, the classes that are in it and were not found. */
  readonly missed: readonly (readonly number[])[];
}

/** A probed output as it travels: its numbers as Base64 of f32, little-endian. */
export type SentOutput = Omit<ProbedOutput, "numbers"> & { readonly numbers: string | null };

/** What comes back. */
export type CheckAnswer =
  /** Of each picture. */
  | { readonly kind: "outputs"; readonly runs: readonly (readonly SentOutput[])[] }
  | { readonly kind: "checked"; readonly result: CheckResult }
  /** A sentence without its end. */
  | { readonly kind: "fault"; readonly message: string };
