import { DENO, ROOT, run } from "./process.ts";
import { isTestFile, sourceFiles } from "./sources.ts";

/** One file of ours that imports another. Paths are relative to the root. */
export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  /** Nothing is left of it at run time. */
  readonly typeOnly: boolean;
}

const PROTOCOL = "server/protocol/";
const VISION = "crates/vision/mod.ts";
/** Log, timers and page events, which every part of the client stands on. */
const BASE = "client/base/";
/** The page's way to the server, and when to try again. */
const LINK = "client/link/";
/** Clocks: by what several parts tell the time of a frame. */
const TIME = "client/time/";
const CLIENT_PARTS = ["signaling", "rtc", "media", "inference", "present", "metrics"].map((
  part,
) => `client/${part}/`);

/** The bench works from outside; one definition of a median and the test pictures are all it takes. */
const BENCH = ["bench/", "client/base/quantiles.ts", "models/pictures/pictures.json"];

interface Rule {
  /** Which files it is for: the path of a file, or of a folder with a slash at its end. */
  readonly of: string;
  /** What they may import besides their own folder. */
  readonly may: readonly string[];
  /** What they may import as types only. */
  readonly mayAsTypes?: readonly string[];
}

// First match wins. An entry point only wires its side together, so it may import all of it.
const RULES: readonly Rule[] = [
  { of: PROTOCOL, may: [] },
  {
    of: "server/link/",
    may: [PROTOCOL, "server/rate_limit.ts", "server/body.ts", "server/security.ts"],
  },
  {
    of: "server/signaling/",
    may: [PROTOCOL, "server/link/", "server/rate_limit.ts"],
    mayAsTypes: ["server/log.ts"],
  },
  { of: "server/inference/", may: [PROTOCOL, VISION], mayAsTypes: ["models/"] },
  { of: "server/rtc/", may: [PROTOCOL, VISION] },
  // The version that it names is there.
  { of: "server/version.ts", may: ["deno.json"] },
  { of: "server/", may: ["models/", VISION] },
  { of: "client/build.ts", may: ["client/"] },
  { of: BASE, may: [PROTOCOL] },
  { of: LINK, may: [PROTOCOL, BASE] },
  { of: TIME, may: [PROTOCOL, BASE], mayAsTypes: CLIENT_PARTS },
  { of: "client/ui/", may: [PROTOCOL], mayAsTypes: ["client/", VISION] },
  {
    of: "client/present/",
    // How frames get into a Worker, and messages to it, is the same for detection and for display.
    may: [
      PROTOCOL,
      BASE,
      TIME,
      "client/inference/frame_reader.ts",
      "client/inference/worker_host.ts",
    ],
    mayAsTypes: [...CLIENT_PARTS, VISION],
  },
  {
    of: "client/relay/",
    // A phone makes its JPEGs as a viewer in server mode does.
    may: [
      PROTOCOL,
      BASE,
      LINK,
      TIME,
      "client/inference/frame_encoder.ts",
      "client/inference/jpeg_quality.ts",
      "client/inference/load_meter.ts",
    ],
    mayAsTypes: CLIENT_PARTS,
  },
  { of: "client/sources/", may: [PROTOCOL, "client/media/"], mayAsTypes: CLIENT_PARTS },
  {
    of: "client/record/",
    // What is recorded is what the presenter painted, where it painted it.
    may: [PROTOCOL, BASE, TIME, "client/present/picture_geometry.ts"],
    mayAsTypes: [...CLIENT_PARTS, VISION],
  },
  ...CLIENT_PARTS.map((of) => ({
    of,
    may: [PROTOCOL, VISION, BASE, LINK, TIME],
    mayAsTypes: CLIENT_PARTS,
  })),
  { of: "client/", may: ["client/", PROTOCOL, VISION] },
  { of: "crates/", may: [] },
  // What a process that looks at one model is asked and answers.
  { of: "models/", may: [PROTOCOL, VISION], mayAsTypes: ["server/inference/check_model.ts"] },
  // These measure or check the crate itself instead of the built app.
  { of: "bench/vision/", may: [...BENCH, VISION] },
  { of: "bench/parity/", may: [VISION] },
  // Run models as the app does, on pictures whose objects are known.
  ...["bench/accuracy/", "bench/models/"].map((of) => ({
    of,
    may: [...BENCH, "models/", "server/inference/session.ts", PROTOCOL, VISION],
    mayAsTypes: ["client/inference/"],
  })),
  // Writes the document that the viewer's page exports, and reckons as it does.
  { of: "bench/metrics/", may: [...BENCH, "client/metrics/", PROTOCOL] },
  // Measures the app's links by themselves.
  ...["bench/faults/", "bench/load/"].map((of) => ({ of, may: [...BENCH, PROTOCOL] })),
  // What cameras are shown.
  { of: "bench/", may: [...BENCH, "models/pictures/pictures.json"], mayAsTypes: [PROTOCOL] },
  { of: ".ci/", may: ["bench/chromium.ts"] },
];

/** A sentence for each import that its folder may not make; tests may import what they test with. */
export function forbiddenImports(edges: readonly ImportEdge[]): string[] {
  const problems: string[] = [];
  for (const { from, to, typeOnly } of edges) {
    if (isTestFile(from)) continue;
    const rule = RULES.find(({ of }) => within(from, of));
    if (!rule) {
      problems.push(`${from}: no rule says what it may import`);
      continue;
    }
    const allowed = [rule.of, ...rule.may, ...(typeOnly ? rule.mayAsTypes ?? [] : [])];
    if (isTestFile(to) || !allowed.some((folder) => within(to, folder))) {
      problems.push(`${from} may not import ${to}${typeOnly ? "" : " (as more than types)"}`);
    }
  }
  return problems;
}

function within(path: string, folder: string): boolean {
  return folder.endsWith("/") ? path.startsWith(folder) : path === folder;
}

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/**
 * Every import between files of ours, as Deno itself resolves them.
 * @throws {Error} If Deno cannot make the module graph.
 */
export async function importEdges(): Promise<ImportEdge[]> {
  const files = sourceFiles();
  const base = `file://${ROOT}/`;
  // `deno info` takes one module, so one that imports all of them is made.
  const all = `${ROOT}/.out/all_sources.ts`;
  await Deno.mkdir(`${ROOT}/.out`, { recursive: true });
  await Deno.writeTextFile(all, files.map((path) => `import "../${path}";\n`).join(""));
  const { code, text } = await run([DENO, "info", "--quiet", "--json", all], { output: "keep" });
  if (code !== 0) throw new Error(`Cannot read the module graph: ${text.trim()}`);
  const edges: ImportEdge[] = [];
  for (const { specifier, dependencies = [] } of (JSON.parse(text) as Graph).modules) {
    const from = specifier.slice(base.length);
    if (!specifier.startsWith(base) || !files.includes(from)) continue;
    for (const dependency of dependencies) {
      const target = dependency.code?.specifier ?? dependency.type?.specifier;
      if (!target?.startsWith(base)) continue;
      edges.push({ from, to: target.slice(base.length), typeOnly: !dependency.code });
    }
  }
  return edges;
}
