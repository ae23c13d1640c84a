import assert from "node:assert/strict";
import { dirname, normalize } from "node:path/posix";
import { ROOT } from "./process.ts";

/** Folders that are not ours, or not documents. */
const LEFT_OUT = new Set(["node_modules", "target", "dist", ".git", ".deno", ".out", ".data"]);

/** Every Markdown file of the repository, by its path. */
function documents(folder = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}${name}`;
    if (isDirectory && !LEFT_OUT.has(name)) {
      for (const [inner, text] of documents(`${path}/`)) found.set(inner, text);
    } else if (name.endsWith(".md")) found.set(path, Deno.readTextFileSync(`${ROOT}/${path}`));
  }
  return found;
}

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

Deno.test("links between documents lead to files and headings that exist", async () => {
  const all = documents();
  assert.ok(all.has("README.md"));
  const broken: string[] = [];
  for (const [path, text] of all) {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [file, anchor] = target!.split("#");
      const to = file === "" ? path : normalize(`${dirname(path)}/${file}`);
      const isThere = await Deno.stat(`${ROOT}/${to}`).then(() => true, () => false);
      const hasAnchor = anchor === undefined || anchorsOf(all.get(to) ?? "").has(anchor);
      if (!isThere || !hasAnchor) broken.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("README.md stays short, and so does the glossary", () => {
  const all = documents();
  assert.ok(all.get("README.md")!.split("\n").length <= 200);
  const [, glossary = ""] = all.get("server/protocol/README.md")!.split("\n## Glossary\n");
  const rows = glossary.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| "));
  // Two lines are the head.
  assert.ok(rows.length > 12 && rows.length - 2 <= 25, String(rows.length));
});

Deno.test("documents name only files that exist", async () => {
  const missing: string[] = [];
  for (const [path, text] of documents()) {
    // What a changelog or a report says of the past may be gone.
    if (/CHANGELOG|report\.md|MODEL_CARD/.test(path)) continue;
    for (
      const [, name] of text.matchAll(
        /`((?:server|client|crates|models|bench|\.ci|\.github)\/[\w./-]+\.\w+)`/g,
      )
    ) {
      if (!await Deno.stat(`${ROOT}/${name}`).then(() => true, () => false)) {
        missing.push(`${path}: ${name}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("the README names the browsers that the pages themselves ask for", () => {
  const readme = Deno.readTextFileSync(`${ROOT}/README.md`);
  for (const page of ["viewer", "phone"]) {
    const html = Deno.readTextFileSync(`${ROOT}/client/${page}/index.html`);
    const [, versions] = /data-versions="([^"]+)"/.exec(html)!;
    assert.ok(readme.includes(versions!), `${page}: ${versions}`);
  }
});

/** What browser tests say that they drive, as `Chromium: viewer wasm`. */
function coveredUses(): ReadonlySet<string> {
  const uses = new Set<string>();
  for (const { name } of Deno.readDirSync(`${ROOT}/bench/e2e`)) {
    const text = Deno.readTextFileSync(`${ROOT}/bench/e2e/${name}`);
    for (const [, browser, list] of text.matchAll(/^\/\/ @covers: (\w+): (.+)$/gm)) {
      for (const use of list!.split(", ")) uses.add(`${browser}: ${use}`);
    }
  }
  return uses;
}

Deno.test("the README says of a browser that it is tested where a test drives it so", () => {
  const [, section] = Deno.readTextFileSync(`${ROOT}/README.md`).split("\n## Browsers\n");
  const lines = section!.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| "));
  const cellsOf = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim());
  const [head, ...rows] = lines.map(cellsOf);
  const uses = head!.slice(1).map((use) => use.replaceAll(/[,`]/g, ""));
  const said = rows.flatMap(([name, ...cells]) =>
    uses.filter((_, at) => cells[at] === "tested").map((use) => `${name!.split(" ")[0]}: ${use}`)
  );
  assert.deepEqual(said.toSorted(), [...coveredUses()].toSorted());
  for (const cell of rows.flatMap(([, ...cells]) => cells)) {
    assert.ok(["tested", "by hand", "not", "–"].includes(cell), cell);
  }
});
