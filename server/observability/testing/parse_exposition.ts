import assert from "node:assert/strict";

/**
 * Reads the text format of Prometheus, version 0.0.4, and is stricter than it: written from the format's
 * description alone, so that tests need not believe the library that writes it.
 */

/** One metric as it stands in the text. */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  /** By the sample's name with its labels, sorted: `name{a="b"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},?)*)\\})? ([^ ]+)$`);

/** @throws {AssertionError} If anything in it is not as the format has it. */
export function parseExposition(text: string): Map<string, ParsedFamily> {
  assert.ok(text.endsWith("\n"));
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let name = "";
  let help: string | null = null;
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, key, of, rest] = line.match(new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`)) ?? [];
    if (key === "HELP") {
      assert.ok(!families.has(of!), `${of} comes twice`);
      name = of!;
      help = rest!;
    } else if (key === "TYPE") {
      assert.equal(of, name);
      assert.ok(help !== null && ["counter", "gauge", "histogram"].includes(rest!), line);
      families.set(name, { type: rest!, help, samples: new Map() });
    } else {
      const family = families.get(name);
      assert.ok(family, `A sample before its type: ${line}`);
      const [sample, value] = parseSample(line);
      assert.ok(baseOf(sample, family.type) === name, `${line} is not of ${name}`);
      assert.ok(!family.samples.has(sample), `${sample} comes twice`);
      family.samples.set(sample, value);
    }
  }
  for (const [of, family] of families) checkFamily(of, family);
  return families;
}

function parseSample(line: string): [sample: string, value: number] {
  const [, name, labels = "", , , value] = line.match(SAMPLE) ?? [];
  assert.ok(name !== undefined && value !== undefined, `Not a sample: ${line}`);
  const pairs = [...labels.matchAll(new RegExp(LABEL, "g"))].map(([pair]) => pair).sort();
  const number = value === "+Inf" ? Infinity : Number(value);
  assert.ok(!Number.isNaN(number), line);
  return [pairs.length === 0 ? name : `${name}{${pairs.join()}}`, number];
}

function baseOf(sample: string, type: string): string {
  const name = sample.split("{")[0]!;
  return type === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
}

function checkFamily(name: string, { type, samples }: ParsedFamily): void {
  assert.ok(samples.size > 0, `${name} has no samples`);
  if (type === "counter") {
    assert.match(name, /_total$/);
    assert.ok([...samples.values()].every((value) => value >= 0));
  }
  if (type === "histogram") checkHistogram(name, samples);
}

/** Each series: rising bounds, cumulated counts, and `+Inf` equal to the count. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, { le: number; count: number }>();
  for (const [sample, count] of samples) {
    if (!sample.startsWith(`${name}_bucket`)) continue;
    const le = sample.match(/le="([^"]+)"/)![1]!;
    const series = sample.replace(/,?le="[^"]+"/, "").replace("{,", "{").replace("{}", "");
    const bound = le === "+Inf" ? Infinity : Number(le);
    const before = last.get(series) ?? { le: -Infinity, count: 0 };
    assert.ok(bound > before.le && count >= before.count, sample);
    last.set(series, { le: bound, count });
  }
  for (const [series, { le, count }] of last) {
    assert.equal(le, Infinity);
    assert.equal(samples.get(series.replace("_bucket", "_count")), count, series);
    assert.ok(samples.has(series.replace("_bucket", "_sum")), series);
  }
}
