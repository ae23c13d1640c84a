/** What a JUnit file says of its tests; steps count as tests, as JUnit counts them. */
export interface JunitCounts {
  readonly passed: number;
  /** `file: name` of each. */
  readonly failed: readonly string[];
  /** `file: name` of each. */
  readonly skipped: readonly string[];
}

// `<failure>` and `<skipped>` are children of their `<testcase>`; text is always escaped, so that no
// markup can appear inside. A case without children may close itself.
const CASE = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

/** Reads what `deno test --junit-path` wrote. Source: Deno 2.9 `cli/tools/test/reporters/junit.rs`. */
export function parseJunit(xml: string): JunitCounts {
  let passed = 0;
  const failed: string[] = [];
  const skipped: string[] = [];
  for (const [, attributes = "", body = ""] of xml.matchAll(CASE)) {
    const file = attribute(attributes, "classname").replace(/^\.\//, "");
    const name = `${file}: ${attribute(attributes, "name")}`;
    if (/<(failure|error)\b/.test(body)) failed.push(name);
    else if (/<skipped\b/.test(body)) skipped.push(name);
    else passed++;
  }
  return { passed, failed, skipped };
}

/** One file of several, whose suites it has in the same order. */
export function mergeJunit(files: readonly string[]): string {
  const suites = files.flatMap((xml) => xml.match(/<testsuite\b[\s\S]*<\/testsuite>/) ?? []);
  const sum = (name: string) =>
    files.reduce((total, xml) => {
      const head = /<testsuites\b([^>]*)>/.exec(xml)?.[1] ?? "";
      return total + Number(attribute(head, name) || 0);
    }, 0);
  const counts = ["tests", "failures", "errors"].map((name) => `${name}="${sum(name)}"`).join(" ");
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" ${counts} time="${sum("time").toFixed(3)}">
    ${suites.join("\n    ")}
</testsuites>
`;
}

function attribute(text: string, name: string): string {
  return unescape(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? "");
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return ENTITIES[name] ?? all;
  });
}
