import * as v from "valibot";
import { headKindSchema, MAX_CLASSES, type ModelEntry, modelIdSchema, parseJson } from "@/protocol";
import { type ClassNames, usableNames } from "./class_names.ts";
import { type CommandArgs, UsageError } from "./cli.ts";
import { idOf } from "./own_id.ts";
import type { HeadKind } from "./head_clues.ts";

/** What the owner of a model says of it; what is not said is `null`. */
export interface Wishes {
  /** From the file's name, unless {@linkcode Wishes.isNamed}. */
  readonly id: string;
  readonly isNamed: boolean;
  /** Whether a model of that id may be replaced. */
  readonly mayReplace: boolean;
  readonly title: string | null;
  readonly kind: HeadKind | null;
  /** Names of outputs to read, in the order of the head's. */
  readonly outputs: readonly string[] | null;
  readonly size: SizePx | null;
  /** File with names, or `coco`. */
  readonly labels: string | null;
  readonly order: ModelEntry["input"]["order"] | null;
  readonly placement: ModelEntry["input"]["placement"] | null;
  readonly pad: number | null;
  readonly scale: Pick<ModelEntry["input"], "mean" | "std"> | null;
  readonly licence: string | null;
  readonly picture: string | null;
}

/** A size of a model's input. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The flags of `add`. */
export const ADD_FLAGS = {
  name: "value",
  replace: "switch",
  title: "value",
  head: "value",
  output: "value",
  size: "value",
  labels: "value",
  order: "value",
  scale: "value",
  placement: "value",
  pad: "value",
  licence: "value",
  picture: "value",
} as const;

export const ADD_HELP = `Flags, each for what the file itself does not say:
  --name ID          lower case, digits, . and -   (default: from the file's name, with a number
                     where another model has it)
  --replace          takes the place of the model of that ID
  --title TEXT       name on the page              (default: the ID and the input's size)
  --head KIND        ${headKindSchema.options.join(", ")}
  --output NAME,NAME outputs to read; of several of one form the first is, else
  --size WxH         input, px, or one number for a square; only where the file leaves it open
  --labels FILE      class names, one a line or a JSON array; coco for the 80 of COCO
  --order ORDER      rgb or bgr
  --scale SCALE      255: pixels are divided by it; 1: they are not; M,M,M/S,S,S: (pixel - M) / S
  --placement WHERE  center, top-left or stretch
  --pad N            grey of the padding, 0-255
  --licence ID       of the weights, as SPDX has it
  --picture FILE     JPEG to try the model on; says what is found in it
`;

/** Reads the flags of `add`. @throws {UsageError} Naming the one that cannot be used. */
export function readWishes({ positionals, flags }: CommandArgs): Wishes {
  const given = (name: keyof typeof ADD_FLAGS) => {
    const value = flags[name];
    return typeof value === "string" ? value : null;
  };
  const name = given("name");
  const id = name ?? idOf(positionals[0]!.split(/[/\\]/).at(-1)!.replace(/\.onnx$/i, ""));
  if (!v.is(modelIdSchema, id)) {
    throw new UsageError(
      `--name must be of lower-case letters, digits, . and -, and at most 64 of them: ${id}`,
    );
  }
  const size = given("size");
  const scale = given("scale");
  return {
    id,
    isNamed: name !== null,
    mayReplace: flags["replace"] === true,
    title: given("title"),
    kind: oneOf("head", given("head"), headKindSchema.options),
    outputs: given("output")?.split(",").map((name) => name.trim()).filter(Boolean) ?? null,
    size: size === null ? null : readSize(size),
    labels: given("labels"),
    order: oneOf("order", given("order"), ["rgb", "bgr"]),
    placement: oneOf("placement", given("placement"), ["center", "top-left", "stretch"]),
    pad: readPad(given("pad")),
    scale: scale === null ? null : readScale(scale),
    licence: given("licence"),
    picture: given("picture"),
  };
}

/** `320`, or `320x256`: width first. @throws {UsageError} If it is neither, or out of bounds. */
export function readSize(text: string): SizePx {
  const match = /^(\d{2,4})(?:x(\d{2,4}))?$/.exec(text.trim());
  const [widthPx, heightPx] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  const isUsable = [widthPx, heightPx].every((side) => side >= 32 && side <= 2048);
  if (isUsable) return { widthPx, heightPx };
  throw new UsageError(`--size must be as in 640 or 640x480, each side from 32 to 2048: ${text}`);
}

/** Class names: a JSON array, or one a line. @throws {UsageError} If it is neither. */
export function readNames(text: string): ClassNames {
  const lines = text.trim().split(/\r?\n/).map((line) => line.trim());
  const result = v.safeParse(
    namesSchema,
    text.trimStart().startsWith("[") ? parseJson(text) : lines,
  );
  if (result.success) return usableNames(result.output);
  const [issue] = result.issues;
  throw new UsageError(
    `--labels: the file must have a name in each line, or be a JSON array of names: ${issue.message}`,
  );
}

const namesSchema = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MAX_CLASSES));

function oneOf<T extends string>(
  flag: string,
  value: string | null,
  options: readonly T[],
): T | null {
  if (value === null) return null;
  const option = options.find((candidate) => candidate === value);
  if (option !== undefined) return option;
  throw new UsageError(`--${flag} must be one of ${options.join(", ")}: ${value}`);
}

function readPad(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw new UsageError(`--pad must be a whole number from 0 to 255: ${text}`);
}

function readScale(text: string): Wishes["scale"] {
  if (/^\d{1,5}(\.\d+)?$/.test(text) && Number(text) > 0) {
    const std = Number(text);
    return { mean: [0, 0, 0], std: [std, std, std] };
  }
  const [mean, std, ...rest] = text.split("/").map((part) => part.split(",").map(Number));
  if (rest.length === 0 && isThree(mean) && isThree(std) && std.every((value) => value > 0)) {
    return { mean, std };
  }
  throw new UsageError(
    `--scale must be 255, 1, or as in 103.5,116.3,123.7/57.4,57.1,58.4: ${text}`,
  );
}

function isThree(values: number[] | undefined): values is [number, number, number] {
  return values?.length === 3 && values.every(Number.isFinite);
}
