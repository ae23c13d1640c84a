import { type ModelEntry, shapeText } from "@/protocol";
import { readNames, readSize, type SizePx, type Wishes } from "./add_flags.ts";
import { ModelFault, probeModel } from "./check_process.ts";
import { type Cli, CommandError } from "./cli.ts";
import type { Head, HeadClues, Reading } from "./head_clues.ts";
import { inferHead } from "./infer_head.ts";
import { cluesOf } from "./model_clues.ts";
import type { OnnxFacts } from "./onnx_file.ts";
import { type PictureInput, pictureInput } from "./picture_input.ts";
import { type ExportFacts, readExport } from "./ultralytics.ts";
import { usualInput } from "./usual_input.ts";

/** What has to be known of a model besides its file's size and hash. */
export interface Description {
  readonly input: ModelEntry["input"];
  readonly head: Head;
  readonly labels: string[];
  readonly licence: string | null;
  /** What was taken for granted, as sentences. */
  readonly notes: readonly string[];
}

/** What stands between a file and its description. */
export interface DescribeOptions {
  readonly path: string;
  readonly facts: OnnxFacts;
  readonly wishes: Wishes;
  /** Class names of COCO. */
  readonly coco: readonly string[];
  readonly cli: Pick<Cli, "ask" | "examine">;
}

/**
 * Works out how a model is fed and read: from what the file says, then from what its owner says, and
 * asks for the rest where there is somebody to ask.
 *
 * @throws {ModelFault} If it is no detector, naming the tensor that is wrong.
 * @throws {CommandError} Naming the flag, if something has to be said and nobody can be asked.
 */
export async function describeModel(options: DescribeOptions): Promise<Description> {
  const { facts, wishes, coco, cli: { examine } } = options;
  const exported = readExport(facts);
  if (exported.task === "classify") {
    throw new ModelFault(
      "the file says that it is a model to classify, and Peerlens shows boxes: export one to detect",
    );
  }
  const picture = pictureInput(facts);
  const size = chooseSize(picture, exported, options);
  const { name, layout, sizeName } = picture;
  const fed = { name, layout, ...size, ...(sizeName !== null && { sizeName }) };
  const runs = await probeModel(options.path, fed, { examine });
  const notes: string[] = [];
  const names = wishes.labels !== null
    ? await namesFrom(wishes.labels, { coco, notes })
    : exported.names;
  const isCoco = (all: readonly string[] | null) => all?.join("\n") === coco.join("\n");
  const clues: HeadClues = {
    ...cluesOf({ facts, runs, exported, wishes, picture }),
    ...size,
    classes: names?.length ?? null,
    isCoco: isCoco(names),
  };
  const { reading, others } = chooseReading(clues, options);
  const { feed } = reading;
  const labels = names ?? await askNames(reading, { options, notes });
  const head: Head = {
    ...reading.head,
    classes: labels.length,
    // Which was not known before their names were.
    ...(reading.head.numbering === "from-1" && isCoco(labels) && { numbering: "coco" }),
  };
  if (exported.names !== null && wishes.labels === null) {
    notes.push("Names are from the file.");
    if (exported.namesNote !== null) notes.push(exported.namesNote);
  }
  notes.push(...leftOut(clues, reading, others, exported));
  const input = { ...fed, ...usualInput(feed, picture.type), ...said(wishes) };
  notes.push(`Fed as ${FEED_WORDS[feed]} usually are, but for what flags say.`);
  return { input, head, labels: [...labels], licence: wishes.licence ?? exported.licence, notes };
}

const FEED_WORDS: Readonly<Record<Reading["feed"], string>> = {
  yolo: "YOLO models",
  yolox: "YOLOX models",
  nanodet: "NanoDet models",
  "plain-stretch": "RT-DETR, D-FINE and torchvision's models",
  "imagenet-stretch": "DETR and RF-DETR",
  rtmdet: "RTMDet models",
  tensorflow: "TensorFlow's detectors",
};

function chooseSize(
  { name, shape, sides }: PictureInput,
  exported: ExportFacts,
  { wishes, cli }: DescribeOptions,
): SizePx {
  const [heightPx, widthPx] = sides;
  if (typeof heightPx === "number" && typeof widthPx === "number") {
    const { size } = wishes;
    if (size === null || (size.widthPx === widthPx && size.heightPx === heightPx)) {
      return { widthPx, heightPx };
    }
    throw new ModelFault(
      `input "${name}" is ${
        shapeText(shape)
      }, so it takes ${widthPx}x${heightPx} only, not the ${size.widthPx}x${size.heightPx} of --size`,
    );
  }
  const known = wishes.size ?? exported.sizePx;
  if (known !== null) return known;
  const answer = cli.ask("The model takes pictures of any size. Which one, in px?", "640");
  if (answer !== null) return readSize(answer);
  throw new CommandError(
    `The model takes pictures of any size: say which one, for example --size 640 (input "${name}" is ${
      shapeText(shape)
    }).`,
  );
}

function chooseReading(
  clues: HeadClues,
  { cli }: DescribeOptions,
): { readonly reading: Reading; readonly others: readonly string[] } {
  const guess = inferHead(clues);
  switch (guess.kind) {
    case "one":
      return guess;
    case "none":
      throw new ModelFault(guess.message);
    case "several": {
      const kinds = [...new Set(guess.readings.map(({ head }) => head.kind))];
      const answer = kinds.length < 2
        ? null
        : cli.ask(`The model's output fits ${kinds.join(" and ")}. Which?`, null);
      const chosen = guess.readings.filter(({ head }) => head.kind === answer?.trim());
      if (chosen.length === 1) return { reading: chosen[0]!, others: [] };
      throw new CommandError(
        `Cannot tell how to read the model: ${guess.message}. Say which with --head, or how many classes there are with --labels.`,
      );
    }
  }
}

/** What there is beside the boxes, said once. */
function leftOut(
  { outputs }: HeadClues,
  { head }: Reading,
  others: readonly string[],
  { task }: ExportFacts,
): string[] {
  const notes: string[] = [];
  const [first] = head.outputs;
  if (others.length > 0) {
    const names = others.map((name) => `"${name}"`).join(", ");
    notes.push(
      `Output ${names} can be read as well: "${first}" is, unless --output names another.`,
    );
  }
  const rest = outputs.filter(({ name }) => !head.outputs.includes(name) && !others.includes(name));
  const parts = [
    ...(head.skipped ? [`${head.skipped} numbers of each box`] : []),
    ...(head.hasAngle ? ["the angles of boxes: upright ones around them are shown"] : []),
    ...rest.map(({ name, shape }) => `output "${name}" ${shapeText(shape)}`),
  ];
  if (parts.length === 0) return notes;
  const what = task === null || task === "detect" ? "" : `It is a model to ${task}; `;
  return [...notes, `${what}boxes are used, and left out: ${parts.join(", ")}.`.replace(/^b/, "B")];
}

/** Heads that say of each box the number of its class, and not a score for each. */
const NUMBERED: ReadonlySet<Head["kind"]> = new Set([
  "end-to-end",
  "mmdeploy",
  "ssd",
  "torchvision",
]);

async function askNames(
  { head: { kind, classes, numbering }, names }: Reading,
  { options, notes }: { readonly options: DescribeOptions; readonly notes: string[] },
): Promise<readonly string[]> {
  const { coco, cli } = options;
  if (names !== null) {
    notes.push(`The file names no class; it is taken for ${names.join(", ")}.`);
    return names;
  }
  // Their outputs do not show how many classes there are.
  const isOpen = NUMBERED.has(kind);
  if (numbering === "coco" || (!isOpen && classes === coco.length)) {
    notes.push(`The file names no classes; with ${classes} they are taken for those of COCO.`);
    return coco;
  }
  const many = isOpen ? "classes" : `${classes} classes`;
  const answer = cli.ask(`Which file has the names of the ${many}, one a line (or: coco)?`, null);
  if (answer === null) {
    throw new CommandError(
      `The file does not say how its ${many} are called: give their names with --labels FILE (one a line), or --labels coco.`,
    );
  }
  const given = await namesFrom(answer.trim(), { coco, notes });
  if (isOpen || given.length === classes) return given;
  throw new CommandError(`The model has ${classes} classes, the file has ${given.length} names.`);
}

async function namesFrom(
  labels: string,
  { coco, notes }: { readonly coco: readonly string[]; readonly notes: string[] },
): Promise<readonly string[]> {
  if (labels === "coco") return coco;
  let text: string;
  try {
    text = await Deno.readTextFile(labels);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`Cannot read the file of --labels: ${reason}`, { cause: error });
  }
  const { names, note } = readNames(text);
  if (note !== null) notes.push(note);
  return names;
}

/** What flags say about the input. */
function said({ order, placement, pad, scale }: Wishes) {
  return {
    ...(order === null ? {} : { order }),
    ...(placement === null ? {} : { placement }),
    ...(pad === null ? {} : { pad }),
    ...(scale ?? {}),
  };
}
