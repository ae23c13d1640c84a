/** The facts about a browser that decide how inference runs in it. */
export interface BrowserFacts {
  readonly userAgent: string;
  readonly maxTouchPoints: number;
  readonly hardwareConcurrency: number;
  readonly crossOriginIsolated: boolean;
  /** `navigator.gpu` is there. */
  readonly hasWebGpu: boolean;
}

/** More threads than this gain nothing on models of our size and each costs memory. */
const MAX_THREADS = 8;

/** WebGPU must beat WASM by this factor, so that noise alone never causes a switch. */
const WEBGPU_MARGIN = 0.85;

/**
 * Is this an iPhone or iPad, in any browser (all are WebKit there)? An iPad calls itself a Macintosh;
 * no Macintosh has a touch screen.
 */
export function isIos(facts: Pick<BrowserFacts, "userAgent" | "maxTouchPoints">): boolean {
  return /iPhone|iPad|iPod/.test(facts.userAgent) ||
    (/Macintosh/.test(facts.userAgent) && facts.maxTouchPoints > 1);
}

/**
 * Threads for the WASM backend: one per core where shared memory is allowed. One on iOS, where
 * threaded WASM runs out of memory.
 */
export function wasmThreads(facts: BrowserFacts): number {
  if (!facts.crossOriginIsolated || isIos(facts)) return 1;
  return Math.max(1, Math.min(MAX_THREADS, facts.hardwareConcurrency || 1));
}

/** Is WebGPU worth measuring here? Not on iOS, where it crashes after some hundred runs. */
export function mayTryWebGpu(facts: BrowserFacts): boolean {
  return facts.hasWebGpu && !isIos(facts);
}

/** Did WebGPU measure enough faster to be used? Both are warm medians of the same model, ms. */
export function webGpuWins(webGpuRunMs: number, wasmRunMs: number): boolean {
  return webGpuRunMs < wasmRunMs * WEBGPU_MARGIN;
}

/** The threads to try after a crash with `threads`, or `null` when there is nothing left to try. */
export function threadsAfterCrash(threads: number): number | null {
  return threads > 1 ? Math.floor(threads / 2) : null;
}

/** Reads the facts of the browser that this runs in. */
export function readBrowserFacts(): BrowserFacts {
  return {
    userAgent: navigator.userAgent,
    maxTouchPoints: navigator.maxTouchPoints,
    hardwareConcurrency: navigator.hardwareConcurrency,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    hasWebGpu: "gpu" in navigator,
  };
}
