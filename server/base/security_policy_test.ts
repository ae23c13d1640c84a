import assert from "node:assert/strict";
import * as protocol from "@/protocol";
import { ENV_NAMES, loadConfig } from "./config.ts";
import { limitRows, POLICY } from "./testing/security_policy.ts";

/** Whether the limits table of the security policy says what the code does. */

const ROOT = new URL("../../", import.meta.url);
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

/** Folders that read what strangers send. */
const FACING = ["protocol", "base", "link", "rooms", "relay", "streams", "inference", "events"]
  .concat("models", "password", "turn", "child", "cameras", "room_cameras", "rtc");

/** Constants that look like a bound of these, and are none of its own. */
const NO_BOUNDS: Readonly<Record<string, string>> = {
  "the pages' own": "PONG_TIMEOUT_MS BULK_PONG_TIMEOUT_MS DATA_CHANNEL_TIMEOUT_MS " +
    "MAX_CONTROL_CHARS MAX_TIMING_CHARS MAX_CAPTURE_PAIRS MAX_PHONE_DETECTIONS MAX_SAMPLES " +
    "MAX_RESULT_CHARS MAX_RELAY_IN_FLIGHT MAX_FRAMES_IN_FLIGHT MAX_SNAPSHOT_SIDE_PX",
  "fields of messages, whose whole is bounded": "MAX_TOPIC MAX_TIME_MS MAX_DETECTION_FPS " +
    "MAX_FRAME_INTERVAL_MS MAX_BOXES MAX_ZONE_NAME_CHARS MAX_ZONE_ID_CHARS MAX_CONTROL_BYTES " +
    "MAX_URLS MAX_SERVERS MAX_PULL_BYTES MAX_FIRST_BODY_BYTES MAX_SHOWN_CHARS",
  "parts of a row": "DEFAULT_MAX_PHONES DEFAULT_MAX_VIEWERS DEFAULT_MAX_RELAYS MESSAGE_RATE " +
    "MAX_RELAYED_CHARS MAX_RELAY_TEXT_CHARS",
  "what is remembered, forgotten by age": "MAX_ENDED MAX_OVERTAKEN MAX_DEBTORS MAX_CAUSES " +
    "MAX_CAUSE_CHARS MAX_REVOKED MAX_VALUES MAX_PER_ROOM MAX_ROOMS MAX_AGE_MS MAX_UNSETTLED_LOOKS MAX_SPARE",
  "what is read of headers, files and logs": "MAX_HEADER_CHARS MAX_TAIL_CHARS MAX_HOPS_CHARS " +
    "MAX_CHARS MAX_VALUE_CHARS",
  "between our own processes": "MAX_IPC_BYTES MAX_CONTROL_QUEUE_MESSAGES START_TIMEOUT_MS " +
    "MAX_LINE_CHARS MAX_PROBED_NUMBERS MAX_SESSIONS MAX_JITTER_MS MAX_PAUSE_MS MAX_RUN_S MAX_PROBLEM_CHARS",
  "what a camera's own ffmpeg says": "MAX_WIDTH_PX MAX_HEIGHT_PX MAX_HEADER_BYTES MAX_TAG_BYTES",
};

Deno.test("the security policy leaves out no bound of the code and no secret of the environment", async () => {
  const held = limitRows().map((row) => row.held).join();
  const exempt = new Set(Object.values(NO_BOUNDS).join(" ").split(" "));
  const missing: string[] = [];
  const found = new Set<string>();
  for (const path of await sourcesOf(FACING)) {
    const source = await Deno.readTextFile(new URL(path, ROOT));
    const names = source.matchAll(
      /^(?:export )?const (MAX_\w+|\w*RATE|\w+_TIMEOUT_MS|\w+_TTL_\w+|DEFAULT_MAX_\w+)(?:: [\w.]+)? =/gm,
    );
    for (const [, name] of names) {
      found.add(name!);
      if (exempt.has(name!) || held.includes(`\`${name}\` in \`${path}\``)) continue;
      missing.push(`${name} in ${path}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.deepEqual([...exempt].filter((name) => !found.has(name)), [], "exempt, and not there");
  const secrets = ENV_NAMES.filter((name) => ENV_NAMES.includes(`${name}_FILE`));
  assert.ok(secrets.length >= 4);
  assert.deepEqual(secrets.filter((name) => !POLICY.includes(`| \`${name}\``)), []);
});

/** Files of these folders of the server, without their tests. */
async function sourcesOf(folders: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory && name !== "testing") await walk(`${folder}${name}/`);
      else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) paths.push(folder + name);
    }
  };
  for (const folder of folders) await walk(`server/${folder}/`);
  return paths;
}
