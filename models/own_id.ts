import type { ManifestEntry } from "@/protocol";
import { CommandError } from "./cli.ts";
import type { AddedModel } from "./local_state.ts";

/** What is known when a model is given its id. */
export interface IdClues {
  /** As its owner says, or from the file's name. */
  readonly id: string;
  /** Its owner says so. */
  readonly isNamed: boolean;
  /** A model of that id may be replaced. */
  readonly mayReplace: boolean;
  readonly sha256: string;
  /** What its exporter wrote into the file. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly manifest: readonly ManifestEntry[];
  readonly added: readonly AddedModel[];
  /** Names of the files that are among those pulled and added. */
  readonly files: ReadonlySet<string>;
}

/** The model's id, or under which one it is here already. */
export type OwnId =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "here"; readonly id: string };

/** Of models of one name; whoever has more of them gives names. */
const MAX_NUMBER = 99;

/**
 * Gives a model an id that no other file has. A name that its owner gave is taken as it is, or refused;
 * one from a file's name (`best.onnx`) gives way to what the exporter wrote, or to a number.
 * @throws {CommandError} If the owner's name is another model's.
 */
export function chooseOwnId(clues: IdClues): OwnId {
  const { id, isNamed, mayReplace, sha256, added } = clues;
  if (!mayReplace) {
    const same = added.find((model) => model.sha256 === sha256 && (!isNamed || model.id === id));
    if (same !== undefined) return { kind: "here", id: same.id };
  }
  const fault = faultOf(id, clues);
  if (fault === null) return { kind: "id", id };
  if (isNamed || mayReplace) throw new CommandError(fault);
  const numbered = Array.from({ length: MAX_NUMBER - 1 }, (_, at) => withNumber(id, at + 2));
  const free = [...exportedIds(clues.metadata), ...numbered]
    .find((candidate) => faultOf(candidate, clues) === null);
  if (free === undefined) throw new CommandError(fault);
  return { kind: "id", id: free };
}

/** Name of the file of an own model. */
export function fileOf(id: string): string {
  return `${id}.onnx`;
}

/** An id of any text; empty if nothing in it can be in one. */
export function idOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9.]+/g, "-").slice(0, 64).replace(/^[-.]+|[-.]+$/g, "");
}

/** Why an id cannot be used, as a sentence; `null`: it can. */
function faultOf(id: string, { mayReplace, manifest, added, files }: IdClues): string | null {
  const another = "give yours another name with --name.";
  const owner = manifest.find((model) => model.id !== id && model.file === fileOf(id));
  if (owner !== undefined) return `${fileOf(id)} is the file of ${owner.id}: ${another}`;
  const known = manifest.find((model) => model.id === id);
  // A model whose bytes are known must not be hidden by another one of the same name.
  const isByHand = known?.sha256 === null && known.urls.length === 0;
  if (known !== undefined && !isByHand) return `${id} is a model of the manifest: ${another}`;
  if (mayReplace) return null;
  if (added.some((model) => model.id === id)) {
    return `${id} is here already and is another file: replace it with --replace, or ${another}`;
  }
  if (!files.has(fileOf(id))) return null;
  return `There is a file ${fileOf(id)} already: replace it with --replace, or ${another}`;
}

/** What exporters write into every file tells none from another. */
const NOISE = /\b(ultralytics|model|exported|export|trained|on|with|the|a|onnx|yaml|yml|pt)\b/gi;

/** From `Ultralytics YOLOv8n model trained on /data/owls.yaml`: `yolov8n-owls`. */
function exportedIds(metadata: ReadonlyMap<string, string>): string[] {
  return ["title", "model_name", "description"]
    .map((key) => (metadata.get(key) ?? "").slice(0, 300))
    .map((text) =>
      idOf(text.replace(/\S*[/\\]/g, "").replace(NOISE, " ").replace(/\.(?=\s|$)/g, ""))
    )
    .filter((id) => id.length >= 3);
}

function withNumber(id: string, number: number): string {
  const end = `-${number}`;
  return `${id.slice(0, 64 - end.length)}${end}`;
}
