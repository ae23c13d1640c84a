/** The facts about a browser that decide how inference runs in it. */
export interface BrowserFacts {
  readonly userAgent: string;
  readonly maxTouchPoints: number;
  readonly hardwareConcurrency: number;
  /** Memory can be shared between threads. */
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
 * Threads worth trying for the WASM backend, the first of which to begin with: one less than there are
 * cores, as many as there are, half as many. Of two cores a run is quick only on both. One alone where shared memory is not allowed, and on iOS,
 * where threaded WASM runs out of memory.
 */
export function threadCandidates(facts: BrowserFacts): readonly [number, ...number[]] {
  if (!facts.crossOriginIsolated || isIos(facts)) return [1];
  const cores = facts.hardwareConcurrency || 1;
  const bounded = (count: number) => Math.max(1, Math.min(MAX_THREADS, count));
  const first = bounded(cores === 2 ? cores : cores - 1);
  const others = new Set([cores, cores - 1, Math.ceil(cores / 2)].map(bounded));
  others.delete(first);
  return [first, ...others];
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
    crossOriginIsolated: globalThis.crossOriginIsolated && "SharedArrayBuffer" in globalThis,
    hasWebGpu: "gpu" in navigator,
  };
}
