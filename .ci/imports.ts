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
const CLIENT_PARTS = ["rooms", "rtc", "media", "inference", "present", "metrics"].map(
  (part) => `client/${part}/`,
);

const SERVER_BASE = "server/base/";
/** How everybody of ours writes a file that has to outlive a crash. */
const KEPT_FILES = "server/base/kept_file.ts";
/** Processes apart: how they are kept running and spoken with, and their ends of connections. */
const CHILD = "server/child/";
const RTC = "server/rtc/";
/** What such a process shares with the server: nothing that knows of rooms, files or settings. */
const CHILD_BASE = ["bucket_counts", "camera_spec", "clock", "rate_limit", "token_bucket"].map(
  (name) => `${SERVER_BASE}${name}.ts`,
);
/** What the server's parts say to each other of rooms and links. */
const ROOMS = ["server/rooms/", "server/link/"];
/** Nobody but the entry files imports these, so each can go with an edit of those alone. */
const OPTIONAL: readonly Rule[] = [
  { of: "server/relay/", may: [PROTOCOL, SERVER_BASE, ...ROOMS] },
  { of: "server/room_cameras/", may: [PROTOCOL, SERVER_BASE, ...ROOMS, CHILD, "server/cameras/"] },
  { of: "server/events/", may: [PROTOCOL, SERVER_BASE], mayAsTypes: ROOMS },
  { of: "server/whep/", may: [PROTOCOL, SERVER_BASE] },
  { of: "server/turn/", may: [PROTOCOL, SERVER_BASE], mayAsTypes: ROOMS },
  { of: "server/bus/", may: [PROTOCOL, SERVER_BASE] },
  { of: "server/nodes/", may: [PROTOCOL, SERVER_BASE, ...ROOMS, "server/bus/"] },
  {
    of: "server/workers/",
    may: [PROTOCOL, SERVER_BASE, CHILD, "server/bus/", "server/inference/"],
    mayAsTypes: ["server/streams/", "models/"],
  },
  { of: "server/password/", may: [SERVER_BASE] },
  { of: "server/tls/", may: [SERVER_BASE] },
  { of: "server/tunnel/", may: [PROTOCOL, SERVER_BASE] },
  { of: "server/terminal/", may: [SERVER_BASE], mayAsTypes: ["models/"] },
  {
    of: "server/observability/",
    may: [SERVER_BASE],
    mayAsTypes: [...ROOMS, CHILD, "server/inference/", "server/streams/", "server/models/"],
  },
];

/**
 * The bench works from outside; one definition of a median, the test pictures and the numbers that the
 * server's own scene draws, too, are all it takes.
 */
const BENCH = [
  "bench/",
  "client/base/quantiles.ts",
  "models/pictures/pictures.json",
  "server/protocol/frame_code.ts",
];

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
  // The version that it names is there.
  { of: "server/base/version.ts", may: ["deno.json"] },
  { of: SERVER_BASE, may: [PROTOCOL] },
  { of: "server/link/", may: [PROTOCOL, SERVER_BASE] },
  { of: "server/rooms/", may: [PROTOCOL, SERVER_BASE, "server/link/"] },
  { of: CHILD, may: [PROTOCOL, ...CHILD_BASE] },
  { of: RTC, may: [PROTOCOL] },
  {
    of: "server/inference/",
    may: [PROTOCOL, VISION, CHILD, RTC, ...CHILD_BASE],
    mayAsTypes: [SERVER_BASE, "models/"],
  },
  {
    of: "server/cameras/",
    may: [PROTOCOL, CHILD, RTC, "server/base/camera_spec.ts", ...CHILD_BASE],
  },
  {
    of: "server/streams/",
    may: [PROTOCOL, SERVER_BASE, ...ROOMS, CHILD, "server/inference/"],
    mayAsTypes: ["models/"],
  },
  { of: "server/models/", may: [PROTOCOL, SERVER_BASE, "models/"] },
  {
    of: "server/health/",
    may: [SERVER_BASE, "server/child/supervisor_state.ts"],
    mayAsTypes: ["server/bus/", "server/inference/", "server/streams/", "models/"],
  },
  {
    of: "server/pages/",
    may: [PROTOCOL, SERVER_BASE, "server/models/served_models.ts"],
    mayAsTypes: ["models/"],
  },
  { of: "server/launcher/", may: [PROTOCOL, SERVER_BASE, "server/models/orders.ts"] },
  ...OPTIONAL,
  { of: "server/deploy/", may: [SERVER_BASE] },
  // Entry files.
  ...["app", "main", "start", "worker"].map((name) => ({
    of: `server/${name}.ts`,
    may: ["server/"],
    mayAsTypes: ["models/"],
  })),
  { of: "client/build.ts", may: ["client/"] },
  { of: BASE, may: [PROTOCOL] },
  { of: LINK, may: [PROTOCOL, BASE] },
  { of: TIME, may: [PROTOCOL, BASE], mayAsTypes: CLIENT_PARTS },
  { of: "client/ui/", may: [PROTOCOL], mayAsTypes: ["client/", VISION] },
  { of: "client/detection/", may: [PROTOCOL, BASE, "client/inference/"], mayAsTypes: [VISION] },
  {
    of: "client/models/",
    may: [PROTOCOL, BASE, "client/inference/size_choice.ts", "client/detection/detector_pool.ts"],
    mayAsTypes: ["client/inference/", "client/detection/", VISION],
  },
  {
    of: "client/present/",
    // How frames get into a Worker, and messages to it, is the same for detection and for display.
    may: [
      PROTOCOL,
      BASE,
      TIME,
      VISION,
      "client/inference/build_constants.ts",
      "client/inference/frame_reader.ts",
    ],
    mayAsTypes: CLIENT_PARTS,
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
  { of: "models/", may: [PROTOCOL, VISION, KEPT_FILES] },
  // These measure or check the crate itself instead of the built app.
  { of: "bench/vision/", may: [...BENCH, VISION] },
  // Brings late results to the newest frame as the live view does.
  { of: "bench/follow/", may: [...BENCH, VISION, "client/present/"] },
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
  ...["bench/faults/", "bench/load/", "bench/cluster/"].map((of) => ({
    of,
    may: [...BENCH, PROTOCOL],
  })),
  // Joins rooms, with the version that the app speaks.
  { of: "bench/room_secrets.ts", may: [PROTOCOL] },
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
