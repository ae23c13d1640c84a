import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { labelsSchema } from "@/protocol";
import { placeFile } from "../../server/base/kept_file.ts";
import { ADD_FLAGS, ADD_HELP, readWishes, type Wishes } from "../add_flags.ts";
import { localFolder } from "../catalog.ts";
import { missedText, photosFor } from "../check_photos.ts";
import { checkModel, ModelFault } from "../check_process.ts";
import { type Cli, type Command, CommandError } from "../cli.ts";
import { describeModel } from "../describe_model.ts";
import { hashFile } from "../file_hash.ts";
import {
  type AddedModel,
  addedModelSchema,
  changeLocal,
  readLocalState,
  withModel,
  without,
  writeLocalState,
} from "../local_state.ts";
import { readManifest } from "../manifest.ts";
import type { OnnxFacts } from "../onnx_file.ts";
import { chooseOwnId, fileOf, type OwnId } from "../own_id.ts";
import { readModelFile } from "../pinning.ts";

/** `deno task models add` */
export const add: Command = {
  usage: "FILE.onnx",
  summary: "bring a model of your own: reads the file, works out how to use it, tries it once",
  help: `${ADD_HELP}
Names, size and task are read from the file where its exporter wrote them (Ultralytics' does). The head
is told from names, shapes and types of the outputs and from the numbers of a run: YOLO of any version, DETR,
RT-DETR, D-FINE, RF-DETR, SSD, torchvision's, mmdeploy's, NanoDet. What cannot be told is asked for; where
nobody can be asked, a sentence names the flag. The model is then run as server mode does it. The file is
copied to models/local/; \`deno task models remove ID\` deletes it. Another model is never replaced
without --replace: a second best.onnx gets an ID from what its exporter wrote into it, or best-2.
`,
  flags: ADD_FLAGS,
  positionals: [1, 1],
  async run(args, cli) {
    const wishes = readWishes(args);
    const path = await Deno.realPath(args.positionals[0]!).catch(() => null);
    if (path === null) throw new CommandError(`There is no file ${args.positionals[0]}.`);
    try {
      await changeLocal(localFolder(cli.home), () => addFile(path, wishes, cli));
    } catch (error) {
      if (!(error instanceof ModelFault)) throw error;
      throw new CommandError(`${args.positionals[0]} cannot be used: ${error.message}.`);
    }
    return 0;
  },
};

async function addFile(path: string, wishes: Wishes, cli: Cli): Promise<void> {
  const { home, say, note } = cli;
  const facts = await readModelFile(path);
  const own = await ownId({ path, wishes, facts, home });
  if (own.kind === "here") {
    say(
      `The file is here already as ${own.id}. To read it anew, with other flags, add --replace.\n`,
    );
    return cli.report?.({ kind: "model", id: own.id });
  }
  const { id } = own;
  const coco = v.parse(
    labelsSchema,
    JSON.parse(await Deno.readTextFile(new URL("labels/coco80.json", home))),
  );
  const { labels, licence, notes, ...described } = await describeModel({
    path,
    facts,
    wishes,
    coco,
    cli,
  });
  const folder = localFolder(home);
  await Deno.mkdir(folder, { recursive: true });
  const file = fileOf(id);
  const target = fileURLToPath(new URL(file, folder));
  const draft = `${target}.part`;
  await Deno.copyFile(path, draft);
  try {
    const { input } = described;
    const model = checked({
      id,
      title: wishes.title ?? `${id} ${input.widthPx}×${input.heightPx}`,
      file,
      ...await hashFile(draft),
      licence: licence ?? "unknown",
      source: "added on this computer",
      ...described,
      labels,
      scoreThreshold: 0.35,
      iouThreshold: 0.5,
    });
    const state = withModel(without(await readLocalState(folder), id), model);
    note(`${id}: trying it on a picture …\n`);
    const { labels: _labels, ...entry } = model;
    const photos = await photosFor(labels);
    const { runMs, found, missed } = await checkModel(entry, draft, {
      photos,
      picturePath: wishes.picture,
      signal: cli.signal,
      examine: cli.examine,
    });
    cli.signal.throwIfAborted();
    await placeFile(draft, target);
    await writeLocalState(folder, state);
    const lost = missedText(missed, photos, labels);
    say(summary(model, lost === null ? notes : [...notes, lost]));
    say(`A run took ${runMs.toFixed(1)} ms. ${foundText(found, { labels, wishes })}\n`);
    say(`Start with it: ./start.sh --model ${id}, or choose it on the viewer's page.\n`);
    cli.report?.({ kind: "model", id });
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    if (cli.signal.aborted) throw new CommandError("Stopped. Nothing was added.");
    if (error instanceof RangeError) throw new CommandError(`${error.message}.`, { cause: error });
    throw error;
  }
}

async function ownId({ path, wishes, facts, home }: {
  readonly path: string;
  readonly wishes: Wishes;
  readonly facts: OnnxFacts;
  readonly home: URL;
}): Promise<OwnId> {
  const folder = localFolder(home);
  const { sha256 } = await hashFile(path);
  return chooseOwnId({
    ...wishes,
    sha256,
    metadata: facts.metadata,
    manifest: (await readManifest(home)).models,
    added: (await readLocalState(folder)).models,
    files: await namesIn(folder),
  });
}

async function namesIn(folder: URL): Promise<Set<string>> {
  try {
    return new Set(await Array.fromAsync(Deno.readDir(folder), ({ name }) => name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Set();
    throw error;
  }
}

/** Everything in it may come from a file that nobody knows. */
function checked(model: AddedModel): AddedModel {
  const result = v.safeParse(addedModelSchema, model);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CommandError(`Cannot add the model: ${v.getDotPath(issue) ?? "it"}: ${issue.message}.`);
}

function summary(
  { id, input, head, licence, labels }: AddedModel,
  notes: readonly string[],
): string {
  const some = labels.slice(0, 4).join(", ");
  return [
    `${id}: input "${input.name}" ${input.widthPx}x${input.heightPx}, ${input.order}, ${input.placement}; ` +
    `${head.outputs.length > 1 ? "outputs" : "output"} ${
      head.outputs.map((name) => `"${name}"`).join(", ")
    } with ${
      /^[aeiou]/.test(head.kind) ? "an" : "a"
    } ${head.kind} head; ${labels.length} classes (${some}${
      labels.length > 4 ? ", …" : ""
    }); licence ${licence}`,
    ...notes,
    "",
  ].join("\n");
}

function foundText(
  found: readonly { readonly classId: number; readonly score: number }[],
  { labels, wishes }: { readonly labels: readonly string[]; readonly wishes: Wishes },
): string {
  if (wishes.picture === null) {
    return "Whether boxes sit where they should is to be seen on the viewer's page, or with --picture FILE.";
  }
  const list = found.slice(0, 8).map(({ classId, score }) =>
    `${labels[classId]} ${Math.round(score * 100)} %`
  );
  return found.length === 0
    ? "It finds nothing in the picture: if there is something, look at --order, --scale and --placement."
    : `It finds ${found.length} in the picture: ${list.join(", ")}.`;
}
