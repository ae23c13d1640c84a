import assert from "node:assert/strict";
import * as protocol from "@/protocol";
import { ENV_NAMES, loadConfig } from "./config.ts";

/** Whether the limits table of the security policy says what the code does. */

const ROOT = new URL("../../", import.meta.url);
const POLICY = await Deno.readTextFile(new URL(".github/SECURITY.md", ROOT));

interface Row {
  readonly what: string;
  readonly amount: string;
  readonly variable: string;
  readonly held: string;
}

function limitRows(): Row[] {
  const [, table = ""] = POLICY.split("\n## Limits\n");
  return table.split("\n").filter((line) => line.startsWith("| ")).slice(1)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .map(([what, amount, variable, held]) => ({
      what: what!,
      amount: amount!,
      variable: variable!.replaceAll("`", ""),
      held: held!,
    }));
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  "%": 1,
  "characters": 1,
  "px": 1,
  "bytes": 1,
  "kB": 1_000,
  "KiB": 1_024,
  "MiB": 1_048_576,
  "ms": 1,
  "s": 1_000,
  "min": 60_000,
  "h": 3_600_000,
};

type Value = number | { readonly perSecond: number; readonly burst: number };

/** What a cell says: a count, bytes, ms, or a rate. */
function valueOf(amount: string): Value {
  const [, count, per, burst] = amount.match(/^(\d+) a (second|minute)(?:, (\d+) at once)?$/) ?? [];
  if (per !== undefined) {
    const perSecond = Number(count) / (per === "minute" ? 60 : 1);
    return burst === undefined ? perSecond : { perSecond, burst: Number(burst) };
  }
  const [, number, unit = ""] = amount.match(/^(\d+)(?: (\w+|%))?$/) ?? [];
  assert.ok(number !== undefined && unit in UNITS, `Not an amount: ${amount}`);
  return Number(number) * UNITS[unit]!;
}

/** What the code has: a field of the configuration, or a constant of a file. */
async function heldBy(held: string): Promise<Value> {
  const [, name, path] = held.match(/^`([\w.]+)`(?: in `([\w./]+)`)?$/) ?? [];
  assert.ok(name !== undefined, `Held by nothing: ${held}`);
  if (path === undefined) {
    const config: unknown = loadConfig({ env: {}, flags: {} });
    return name.split(".").reduce(
      (of, key) => (of as Record<string, unknown>)[key],
      config,
    ) as Value;
  }
  const source = await Deno.readTextFile(new URL(path, ROOT));
  const value = constantOf(source, name);
  return name.endsWith("_S") ? value as number * 1_000 : value;
}

/** A constant by the text of its file, since most are that file's own business. */
function constantOf(source: string, name: string): Value {
  const [, text] = source.match(new RegExp(`const ${name}(?:: \\w+)? = ([^;]+);`)) ?? [];
  assert.ok(text !== undefined, `No such constant: ${name}`);
  const names = [...new Set(text.match(/\b[A-Z][A-Z0-9_]{2,}\b/g) ?? [])];
  const values = names.map((other) =>
    (protocol as Record<string, unknown>)[other] ?? constantOf(source, other)
  );
  return new Function(...names, `return (${text});`)(...values);
}

Deno.test("every limit of the security policy is that of the code", async () => {
  const rows = limitRows();
  assert.ok(rows.length > 50, String(rows.length));
  for (const { what, amount, held } of rows) {
    assert.deepEqual(await heldBy(held), valueOf(amount), `${what}: ${held}`);
  }
});

Deno.test("the security policy names variables that are read, and all those that set a limit", () => {
  const named = limitRows().map(({ variable }) => variable).filter((name) => name !== "");
  for (const name of named) assert.ok(ENV_NAMES.includes(name), name);
  const limits = ENV_NAMES.filter((name) => /_MAX_|_PER_|_TTL_/.test(name));
  assert.deepEqual(limits.filter((name) => !named.includes(name)), []);
});

Deno.test("the security policy leaves out no limit of links or relay and no secret of the environment", () => {
  const held = limitRows().map((row) => row.held).join();
  const source = ["server/protocol/limits.ts", "server/link/limits.ts", "server/relay/limits.ts"]
    .map((path) => Deno.readTextFileSync(new URL(path, ROOT))).join("\n");
  const names = [...source.matchAll(/export const ([A-Z_]+)(?:: \w+)? =/g)].map(([, name]) => name!)
    // Three are the pages' own, two are defaults of what is configured.
    .filter((name) => !/^(PING|PONG|BULK_PONG|DEFAULT)_/.test(name));
  assert.deepEqual(names.filter((name) => !held.includes(`\`${name}\``)), []);
  const secrets = ENV_NAMES.filter((name) => ENV_NAMES.includes(`${name}_FILE`));
  assert.ok(secrets.length >= 4);
  assert.deepEqual(secrets.filter((name) => !POLICY.includes(`| \`${name}\``)), []);
});
