import type { SizePx } from "@/vision";
import type { DetectorState, Side } from "../inference/detector.ts";
import type { AutoFigures } from "../inference/auto_choice.ts";
import type { LoadLevel, LoadReason } from "../inference/load_level.ts";

const PART_NAMES = { runtime: "inference runtime", model: "model", "warm-up": "warm-up" } as const;

const TRANSPORT_NAMES = {
  datachannel: "DataChannel",
  websocket: "WebSocket",
  stream: "HTTP requests",
} as const;

/** How far it is on its way to work; nothing once it works, or does not. */
export function DetectorProgress({ state }: { state: DetectorState | null }) {
  if (state?.kind === "connecting") {
    return <p class="small" role="status">Connecting to detection on the server …</p>;
  }
  if (state?.kind !== "loading") return null;
  const { part, loadedBytes, totalBytes, cached } = state;
  if (part === "warm-up") return <p class="small" role="status">Starting the model …</p>;
  return (
    <p class="small" role="status">
      Loading the {PART_NAMES[part]}
      {cached ? " from this browser's cache" : `: ${megabytes(loadedBytes)}`}
      {!cached && totalBytes !== null && ` of ${megabytes(totalBytes)}`}{" "}
      <progress
        aria-label={`Loading the ${PART_NAMES[part]}`}
        {...(totalBytes === null ? {} : { value: Math.min(1, loadedBytes / totalBytes) })}
      />
    </p>
  );
}

/** Why it does not work. */
export function DetectorTrouble({ state }: { state: DetectorState | null }) {
  switch (state?.kind) {
    case "restarting":
      return <p class="notice warn" role="status">Detection restarts: {state.message}</p>;
    case "waiting":
      return <p class="notice warn" role="status">{state.message}</p>;
    case "failed":
      return <p class="notice bad" role="alert">{state.message}</p>;
    default:
      return null;
  }
}

/** What runs the model, and at what size. */
export function Backend({ state, inputPx, runMs }: {
  state: DetectorState | null;
  /** Size of the model's input now; `null`: nothing was processed yet. */
  inputPx: SizePx | null;
  /** The model's own time, ms; `null`: not measured. */
  runMs: number | null;
}) {
  const size = <InputSize inputPx={inputPx} runMs={runMs} />;
  if (state?.kind === "ready") {
    const threads = state.threads === 1 ? "1 thread" : `${state.threads} threads`;
    return (
      <p class="small soft" data-testid="backend">
        Runs on {state.backend === "webgpu" ? "WebGPU" : `WASM, ${threads}`}
        {size}
      </p>
    );
  }
  if (state?.kind !== "connected") return null;
  return (
    <p class="small soft" data-testid="backend">
      Runs on the server, frames over{" "}
      <span data-testid="transport">{TRANSPORT_NAMES[state.transport]}</span>
      {size}
    </p>
  );
}

function InputSize({ inputPx, runMs }: { inputPx: SizePx | null; runMs: number | null }) {
  if (inputPx === null) return null;
  return (
    <>
      {" · "}
      <span data-testid="input-size">
        {inputPx.widthPx}×{inputPx.heightPx}
        {runMs !== null && `, ${runMs.toFixed(0)} ms`}
      </span>
    </>
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What `auto` compares, and what it took. */
export function AutoLine({ figures, side }: { figures: AutoFigures; side: Side | null }) {
  return (
    <p class="small soft" data-testid="auto">
      Expected per frame: this browser {durationWords(figures.local)}, server{" "}
      {durationWords(figures.server)}. In use: {side === "server" ? "the server" : "this browser"}.
    </p>
  );
}

function durationWords(figure: AutoFigures["local"]): string {
  if (figure === null) return "not measured yet";
  return figure === "failed" ? "not available" : `${figure.toFixed(0)} ms`;
}

const LEVEL_WORDS: Readonly<Record<LoadLevel, string>> = {
  full: "full: every newest frame",
  reduced: "reduced: fewer and smaller frames",
  "latest-only": "latest-only: a few frames a second",
  paused: "paused: no frames, trying again soon",
};

/** How much is processed, and why not more. Always one line, so that nothing moves. */
export function LoadLine({ load, paceFps }: {
  /** `null`: nothing is examined. */
  load: { readonly level: LoadLevel; readonly reason: LoadReason | null } | null;
  /** Detections a second at most; `null`: every frame. */
  paceFps: number | null;
}) {
  if (load === null) return <p class="small load-line">&nbsp;</p>;
  const { level, reason } = load;
  const isPaced = level === "full" && paceFps !== null;
  return (
    <p class="small soft load-line" data-testid="load">
      Load {isPaced ? `full: at most ${paceFps} detections a second` : LEVEL_WORDS[level]}
      {reason !== null && ` (${reasonWords(reason)})`}
    </p>
  );
}

function reasonWords(reason: LoadReason): string {
  return reason.kind === "age"
    ? `detections were ${reason.ageMs.toFixed(0)} ms behind their frames`
    : `only ${reason.rateFps.toFixed(1)} frames a second could be processed`;
}
