import type { ModelEntry } from "@/protocol";
import { isTensorType, shapeText, type TensorFact } from "@/protocol";
import { readNames, readSize, type SizePx, type Wishes } from "./add_flags.ts";
import { ModelFault, probeModel } from "./check_process.ts";
import { type Cli, CommandError } from "./cli.ts";
import { type Head, inferHead, usualInput } from "./infer_head.ts";
import type { OnnxFacts } from "./onnx_file.ts";
import { type ExportFacts, readExport } from "./ultralytics.ts";

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
  readonly cli: Pick<Cli, "ask">;
}

/**
 * Works out how a model is fed and read: from what the file says, then from what its owner says, and
 * asks for the rest where there is somebody to ask.
 *
 * @throws {ModelFault} If it is no detector, naming the tensor that is wrong.
 * @throws {CommandError} Naming the flag, if something has to be said and nobody can be asked.
 */
export async function describeModel(options: DescribeOptions): Promise<Description> {
  const { facts, wishes, coco } = options;
  const exported = readExport(facts);
  if (exported.task !== null && exported.task !== "detect") {
    throw new ModelFault(
      `the file says that it is a model to ${exported.task}, and Peerlens shows boxes: export one to detect`,
    );
  }
  const tensor = imageInput(facts);
  const size = chooseSize(tensor, exported, options);
  const outputs = await knownOutputs(options, { name: tensor.name, ...size });
  const notes: string[] = [];
  const names = wishes.labels !== null
    ? await namesFrom(wishes.labels, { coco, notes })
    : exported.names;
  const head = chooseHead({ outputs, size, names, options });
  const labels = names ?? await askNames(head, { options, notes });
  if (exported.names !== null && wishes.labels === null) {
    notes.push("Names are from the file.");
    if (exported.namesNote !== null) notes.push(exported.namesNote);
  }
  const input = { name: tensor.name, ...size, ...usualInput(head.kind), ...said(wishes) };
  notes.push(`Fed as models with a ${head.kind} head usually are, but for what flags say.`);
  return {
    input,
    head: { ...head, classes: labels.length },
    labels: [...labels],
    licence: wishes.licence ?? exported.licence,
    notes,
  };
}

/** The one tensor that a picture can go into. */
function imageInput({ inputs }: OnnxFacts): TensorFact {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    throw new ModelFault(`it has ${inputs.length} inputs (${names}), expected one picture`);
  }
  const { name, type, shape } = input;
  const [batch, channels, ...sides] = shape;
  const isOpenOr = (size: number | string | undefined, wanted: number) =>
    typeof size === "string" || size === wanted;
  const isPicture = shape.length === 4 && isOpenOr(batch, 1) && isOpenOr(channels, 3) &&
    sides.every((side) => typeof side === "string" || (side >= 32 && side <= 2048));
  if (isTensorType(type) && isPicture) return input;
  const hint = shape.length === 4 && shape[3] === 3 ? "; export it with its channels first" : "";
  throw new ModelFault(
    `input "${name}" is ${type ?? "not a tensor"} ${
      shapeText(shape)
    }, expected float32 or float16 [1, 3, height, width], each side from 32 to 2048${hint}`,
  );
}

function chooseSize(
  { name, shape }: TensorFact,
  exported: ExportFacts,
  { wishes, cli }: DescribeOptions,
): SizePx {
  const [heightPx, widthPx] = shape.slice(2);
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

/** With all sizes as numbers: where the file leaves them open, a run tells. */
async function knownOutputs(
  { facts, path }: DescribeOptions,
  input: { readonly name: string } & SizePx,
): Promise<readonly TensorFact[]> {
  const isOpen = facts.outputs.some(({ shape }) => shape.some((size) => typeof size === "string"));
  if (!isOpen && facts.outputs.every(({ shape }) => shape.length > 0)) return facts.outputs;
  return await probeModel(path, input);
}

function chooseHead({ outputs, size, names, options }: {
  readonly outputs: readonly TensorFact[];
  readonly size: SizePx;
  readonly names: readonly string[] | null;
  readonly options: DescribeOptions;
}): Head {
  const { wishes, cli } = options;
  const clues = { ...size, outputs, classes: names?.length ?? null };
  const guess = inferHead({ ...clues, kind: wishes.kind });
  switch (guess.kind) {
    case "one":
      return guess.head;
    case "none":
      throw new ModelFault(guess.message);
    case "several": {
      const kinds = [...new Set(guess.heads.map(({ kind }) => kind))];
      const answer = cli.ask(`The model's output fits ${kinds.join(" and ")}. Which?`, null);
      const chosen = guess.heads.filter(({ kind }) => kind === (answer?.trim() ?? wishes.kind));
      if (chosen.length === 1) return chosen[0]!;
      throw new CommandError(
        `Cannot tell how to read the model: ${guess.message}. Say which with --head and --labels.`,
      );
    }
  }
}

async function askNames(
  { kind, classes }: Head,
  { options, notes }: { readonly options: DescribeOptions; readonly notes: string[] },
): Promise<readonly string[]> {
  const { coco, cli } = options;
  const isOpen = kind === "end-to-end";
  if (!isOpen && classes === coco.length) {
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
  const names = await namesFrom(answer.trim(), { coco, notes });
  if (isOpen || names.length === classes) return names;
  throw new CommandError(`The model has ${classes} classes, the file has ${names.length} names.`);
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
