import { MAX_CLASSES, shapeText } from "@/protocol";
import type { HeadClues, Reading } from "./head_clues.ts";
import { type Evidence, evidenceOf } from "./head_evidence.ts";
import { COCO_CLASSES, flatten, hasMaskPrototypes } from "./head_tensors.ts";
import { dividedInTwo, listed } from "./list_readings.ts";
import { single } from "./tensor_readings.ts";

/** What a model's outputs are, or why that is not known, as a sentence without its end. */
export type HeadGuess =
  | { readonly kind: "one"; readonly reading: Reading; readonly others: readonly string[] }
  | { readonly kind: "several"; readonly readings: readonly Reading[]; readonly message: string }
  | { readonly kind: "none"; readonly message: string };

/**
 * Tells which head a model has: what fits the shapes of its outputs, and is not spoken against by the
 * numbers of a run, nor by the number of its classes. Where several do, what was recognised by more than
 * its shape goes first, then what has its boxes where they belong, then what has the classes of COCO.
 */
export function inferHead(clues: HeadClues): HeadGuess {
  const all = readingsOf(clues);
  const { classes } = clues;
  const counted = classes === null ? all : all.filter(({ head }) => head.classes === classes);
  const [near] = all;
  if (counted.length === 0) {
    return {
      kind: "none",
      message: near === undefined ? notAny(clues) : otherClasses(near, clues),
    };
  }
  const judged = counted.map((reading) => ({ reading, ...evidenceOf(reading, clues) }));
  const sound = judged.filter(({ fault }) => fault === null);
  if (sound.length === 0) {
    const first = judged.find(({ reading }) => reading.isNamed) ?? judged[0]!;
    return { kind: "none", message: first.fault! };
  }
  const likely = likeliest(sound, clues).map(({ reading }) => reading);
  const [first] = likely;
  const twins = likely.filter((reading) => isTwin(reading, first!));
  if (twins.length === likely.length) {
    const others = twins.slice(1).flatMap(({ head }) => head.outputs);
    return { kind: "one", reading: first!, others };
  }
  const ways = [...new Set(likely.map(wayText))];
  const shapes = clues.outputs.map(({ name, shape }) => `"${name}" ${shapeText(shape)}`).join(", ");
  const message = `its output (${shapes}) can be read as ${ways.join(", or ")}`;
  return { kind: "several", readings: likely, message };
}

type Judged = Evidence & { readonly reading: Reading };

function likeliest(sound: readonly Judged[], { classes }: HeadClues): readonly Judged[] {
  const prefer = (all: readonly Judged[], is: (one: Judged) => boolean) => {
    const some = all.filter(is);
    return some.length > 0 ? some : all;
  };
  const named = prefer(sound, ({ reading }) => reading.isNamed);
  // Where boxes are says nothing about the number of classes.
  const placed = named.filter((one) =>
    one.fits !== false ||
    !named.some((other) => other.fits && other.reading.head.classes === one.reading.head.classes)
  );
  if (classes !== null) return placed;
  // Nobody has 107 classes by chance where 80 explain it too.
  return prefer(placed, ({ reading }) => reading.head.classes === COCO_CLASSES);
}

/** Whether it is the same head, of another output. */
function isTwin({ head }: Reading, other: Reading): boolean {
  const rest = (one: Reading["head"]) => JSON.stringify({ ...one, outputs: one.outputs.length });
  return rest(head) === rest(other.head);
}

function wayText({ head, names }: Reading): string {
  const { kind, classes, skipped } = head;
  const many = `${classes} ${classes === 1 ? "class" : "classes"}`;
  if (names !== null) return `${kind} of a model for poses (${many}: ${names.join(", ")})`;
  return `${kind} with ${many}${skipped ? ` and ${skipped} other values` : ""}`;
}

function otherClasses({ head }: Reading, { classes }: HeadClues): string {
  return `output "${head.outputs[0]}" has ${head.classes} classes as ${
    /^[aeiou]/.test(head.kind) ? "an" : "a"
  } ${head.kind} head, but there are ${classes} names`;
}

/** What is there, and what would have been known. */
function notAny({ outputs, widthPx, heightPx, kind }: HeadClues): string {
  const are = outputs.map(({ name, type, shape }) =>
    `output "${name}" is ${type ?? "not a tensor"} ${shapeText(shape)}`
  );
  const which = kind === null ? "no head that is known" : `no ${kind} head`;
  return `${
    are.join(", ")
  }; for an input of ${widthPx}x${heightPx} that is ${which} (models/README.md has a table of those that are)`;
}

/** Every way in which the outputs can be read by their shapes and names, whatever numbers they have. */
function readingsOf(clues: HeadClues): Reading[] {
  const { wished } = clues;
  const tensors = clues.outputs
    .filter(({ name }) => wished === null || wished.includes(name))
    .toSorted((a, b) => wished === null ? 0 : wished.indexOf(a.name) - wished.indexOf(b.name))
    .flatMap(flatten);
  const readings = [
    ...listed(tensors, clues),
    ...dividedInTwo(tensors, clues),
    ...tensors.flatMap((tensor) => single(tensor, clues, hasMaskPrototypes(clues))),
  ];
  return readings.filter(({ head }) =>
    (clues.kind === null || head.kind === clues.kind) &&
    head.classes >= 1 && head.classes <= MAX_CLASSES &&
    (wished === null || head.outputs.every((name) => wished.includes(name)))
  );
}
