import { ROOT } from "./process.ts";

/** Arrays of so many numbers are raw data: among them, any figure would be found. */
const RAW_FROM = 20;

/** So are these, each with a dozen figures. */
const RAW_KEY = "samples";

/** A figure may be written as it is, in percent, or in thousands of the unit of the file. */
const SCALES = [1, 100, 1 / 1000];

/** A row of a table, a bullet or a paragraph, and the files whose figures it may quote. */
interface Quote {
  readonly text: string;
  readonly files: readonly string[];
}

/**
 * A sentence for each figure of a report that is in none of the files that it names. Looked at are
 * tables and paragraphs of sections that name a file of results, and bullets that name one themselves; what was
 * `wanted`, and a bound such as "at most 5", is no figure that was measured.
 * @param results Parsed files of results, by name.
 */
export function strayFigures(report: string, results: ReadonlyMap<string, unknown>): string[] {
  const numbers = new Map([...results].map(([name, value]) => [name, [...numbersIn(value)]]));
  return quotesIn(report, [...results.keys()]).flatMap(({ text, files }) => {
    const known = files.flatMap((name) => numbers.get(name) ?? []);
    return figuresIn(text).filter((figure) => !isKnown(figure, known)).map((figure) =>
      `report.md: ${figure} is not in ${files.join(", ")}: ${text.trim().slice(0, 100)}`
    );
  });
}

/** Reads the report and the results of this repository. */
export async function strayFiguresOfReport(): Promise<string[]> {
  const folder = `${ROOT}/bench/results`;
  const results = new Map<string, unknown>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".json")) {
      results.set(name, JSON.parse(await Deno.readTextFile(`${folder}/${name}`)));
    }
  }
  return strayFigures(await Deno.readTextFile(`${ROOT}/report.md`), results);
}

function quotesIn(report: string, names: readonly string[]): Quote[] {
  const namedIn = (text: string) => names.filter((name) => text.includes(name));
  return report.split(/^(?=#{2,3} )/m).flatMap((section) => {
    const ofSection = namedIn(section);
    const rows = section.split("\n").filter((line) => line.startsWith("|"))
      .map((text) => ({ text, files: ofSection }));
    const bullets = section.split(/^(?=- )|\n(?=\n)/m).filter((part) => /^\s*- /.test(part))
      .map((text) => ({ text, files: namedIn(text) }));
    const prose = section.split(/\n{2,}/).filter((part) => !/^\s*[-|#]/.test(part))
      .map((text) => ({ text, files: ofSection }));
    return [...rows, ...bullets, ...prose].filter(({ files }) => files.length > 0);
  });
}

/** Figures as they are written; not the numbers in names, sizes such as 640×480, and goals. */
function figuresIn(text: string): string[] {
  const measured = text.replaceAll(/\([^()]*wanted[^()]*\)|[\d.]+ (?:was|were) wanted/g, "")
    .replaceAll(/(?:at most|at least|below|over|up to) [\d.]+/g, "");
  return [...measured.matchAll(/(?<![\w.×/-])\d+(?:\.\d+)?(?![\w×])/g)].map(([figure]) => figure);
}

function isKnown(figure: string, known: readonly number[]): boolean {
  const decimals = figure.split(".")[1]?.length ?? 0;
  // A little more than half a unit of the last digit: halves are rounded to either side.
  const reach = 0.5001 * 10 ** -decimals;
  return known.some((value) =>
    SCALES.some((scale) => Math.abs(Math.abs(value) * scale - Number(figure)) <= reach)
  );
}

/** All numbers of a file, also those in its texts, such as in the command. */
function* numbersIn(value: unknown): Generator<number> {
  if (typeof value === "number") yield value;
  else if (typeof value === "string") {
    for (const [text] of value.matchAll(/\d+(?:\.\d+)?/g)) yield Number(text);
  } else if (Array.isArray(value)) {
    if (value.length >= RAW_FROM && value.every((entry) => typeof entry === "number")) return;
    for (const entry of value) yield* numbersIn(entry);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) if (key !== RAW_KEY) yield* numbersIn(entry);
  }
}
