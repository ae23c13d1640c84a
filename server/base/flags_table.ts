/**
 * Writes the tables of flags and variables into `server/README.md`:
 *
 *   deno run --allow-read --allow-write=server server/base/flags_table.ts
 *
 * @module
 */
import { FLAGS, type FlagSpec, valueText } from "./flags.ts";
import { SECRET_VARIABLES, VARIABLES } from "./variables.ts";

/** The document that has the tables. */
export const README = new URL("../README.md", import.meta.url);

const BEGIN = "<!-- flags: generated, see server/base/flags_table.ts -->";
const END = "<!-- flags: end -->";

/** Both tables, as Markdown. */
export function flagTables(): string {
  const flags = FLAGS.map((flag: FlagSpec) => {
    const { name, env, fallback, help } = flag;
    const variable = env === "none" ? "" : `\`${env}\``;
    return `| \`--${name}${valueText(flag)}\` | ${variable} | ${fallback} | ${help} |`.replaceAll(
      /(?<=\w)\|(?=\w)/g,
      "\\|",
    );
  });
  const variables = VARIABLES.map(({ name, fallback, help }) =>
    `| \`${name}\` | ${fallback} | ${help} |`
  );
  const files = SECRET_VARIABLES.map((name) => `\`${name}_FILE\``).join(", ");
  return [
    "| flag | variable | default | meaning |",
    "|---|---|---|---|",
    ...flags,
    "",
    "| variable only | default | meaning |",
    "|---|---|---|",
    ...variables,
    `| ${files} | none | files to read these secrets from |`,
  ].join("\n");
}

/** The document with the tables as they are now. @throws {RangeError} If their marks are missing. */
export function withFlagTables(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new RangeError(`Cannot find ${BEGIN} and ${END}`);
  return `${text.slice(0, begin)}${BEGIN}\n${flagTables()}\n${text.slice(end)}`;
}

if (import.meta.main) {
  Deno.writeTextFileSync(README, withFlagTables(Deno.readTextFileSync(README)));
}
