import type { DetectorState } from "../inference/detector.ts";

const PART_NAMES = { runtime: "inference runtime", model: "model", "warm-up": "warm-up" } as const;

/** Loading progress, the running backend, or why there is none. */
export function DetectorStatus({ state }: { state: DetectorState | null }) {
  switch (state?.kind) {
    case undefined:
      return null;
    case "loading": {
      const { part, loadedBytes, totalBytes, cached } = state;
      if (part === "warm-up") return <p class="small" role="status">Starting the model …</p>;
      return (
        <p class="small" role="status">
          Loading the {PART_NAMES[part]}
          {cached ? " from this browser's store" : `: ${megabytes(loadedBytes)}`}
          {!cached && totalBytes !== null && ` of ${megabytes(totalBytes)}`}{" "}
          <progress
            aria-label={`Loading the ${PART_NAMES[part]}`}
            {...(totalBytes === null ? {} : { value: Math.min(1, loadedBytes / totalBytes) })}
          />
        </p>
      );
    }
    case "ready": {
      const threads = state.threads === 1 ? "1 thread" : `${state.threads} threads`;
      return (
        <p class="small soft" data-testid="backend">
          Runs on {state.backend === "webgpu" ? "WebGPU" : `WASM, ${threads}`}
        </p>
      );
    }
    case "restarting":
      return (
        <p class="notice warn" role="status">
          Detection stopped ({state.message}). Starting again with fewer threads …
        </p>
      );
    case "connecting":
      return <p class="small" role="status">Connecting to the server's inference …</p>;
    case "connected":
      return (
        <p class="small soft" data-testid="backend">
          Runs on the server, frames over{" "}
          <span data-testid="carrier">
            {state.carrier === "datachannel" ? "DataChannel" : "WebSocket"}
          </span>
        </p>
      );
    case "waiting":
      return <p class="notice warn" role="status">{state.message}</p>;
    case "failed":
      return <p class="notice bad" role="alert">{state.message}</p>;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
