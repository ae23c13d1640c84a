/** What of the video is where: pure, so that every length and mode can be checked without a browser. */

/** Where detection runs: in the browser, on the server, or first here and then there. */
export type DemoMode = "wasm" | "server" | "both";

/** What is seen for a while. `card`: words alone. `pages`: phone and viewer side by side. */
export type SceneId =
  | "title"
  | "join"
  | "live"
  | "synced"
  | "server"
  | "charts"
  | "point"
  | "export"
  | "next";

/** A scene without its length. */
interface Sketch {
  readonly id: SceneId;
  readonly kind: "card" | "pages";
  /** Share of the whole, against those of the others. */
  readonly weight: number;
  /** One or two short sentences; `export` gets its figures when they are known. */
  readonly caption: string;
}

/** One scene, complete. It begins where the one before it ends. */
export interface Scene {
  readonly id: SceneId;
  readonly kind: "card" | "pages";
  readonly caption: string;
  /** Frames of the video. */
  readonly ticks: number;
}

/** Frames a second of the video: as many as a busy machine shows, and no rate that flickers. */
export const FPS = 25;

/** The one line at the end. */
export const NEXT = "Next: real phones on real Wi-Fi, and models on GPUs.";

const SKETCHES: readonly Sketch[] = [
  {
    id: "title",
    kind: "card",
    weight: 4,
    caption: "Any phone becomes a live object-detection camera.",
  },
  {
    id: "join",
    kind: "pages",
    weight: 8,
    caption: "The phone scans the code and starts its camera. Nothing is installed on it.",
  },
  {
    id: "live",
    kind: "pages",
    weight: 10,
    caption: "Live view: no added delay. Boxes are moved on to where the object is by now.",
  },
  {
    id: "synced",
    kind: "pages",
    weight: 8,
    caption: "Synced view: a little later, and every frame with the boxes of that very frame.",
  },
  {
    id: "server",
    kind: "pages",
    weight: 9,
    caption: "The server may detect instead. Pictures leave the two devices only after a yes.",
  },
  {
    id: "charts",
    kind: "pages",
    weight: 7,
    caption: "All of it is measured while it runs: latency, frame rates, stages, traffic, drops.",
  },
  {
    id: "point",
    kind: "pages",
    weight: 5,
    caption: "Point at any second: every chart says what happened in it.",
  },
  {
    id: "export",
    kind: "pages",
    weight: 5,
    caption: "The same figures as a file, with one click.",
  },
  { id: "next", kind: "card", weight: 4, caption: NEXT },
];

/** The scenes of a video of so many seconds. Where the mode does not change, no scene shows a change. */
export function scenesFor({ seconds, mode }: { seconds: number; mode: DemoMode }): Scene[] {
  const sketches = SKETCHES.filter(({ id }) => id !== "server" || mode === "both");
  const weights = sketches.reduce((sum, { weight }) => sum + weight, 0);
  const total = Math.round(seconds * FPS);
  let weightSoFar = 0;
  return sketches.map(({ id, kind, weight, caption }) => {
    // By the borders, so that nothing is lost to rounding.
    const from = Math.round(total * weightSoFar / weights);
    weightSoFar += weight;
    const until = Math.round(total * weightSoFar / weights);
    return { id, kind, caption, ticks: until - from };
  });
}

/** How long a scene is, ms. */
export function sceneMs({ ticks }: Scene): number {
  return ticks * 1000 / FPS;
}

/** The captions as WebVTT, for players that can show them themselves. */
export function toVtt(scenes: readonly Scene[]): string {
  let tick = 0;
  const cues = scenes.map((scene) => {
    const from = stamp(tick);
    tick += scene.ticks;
    return `${from} --> ${stamp(tick)}\n${scene.caption}\n`;
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

function stamp(tick: number): string {
  const ms = Math.round(tick * 1000 / FPS);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two(ms / 60_000 % 60)}:${two(ms / 1000 % 60)}.${
    String(ms % 1000).padStart(3, "0")
  }`;
}
