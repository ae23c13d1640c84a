// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import init, { type InitOutput } from "./pkg/vision.js";
import { VisionError } from "./error.ts";

/** The core's `.wasm` file: its address, its bytes, a compiled module, or the fetched response. */
export type VisionSource = BufferSource | WebAssembly.Module | URL | string | Response;

let loading: Promise<void> | undefined;
let core: InitOutput | undefined;

/**
 * Loads the WASM core, once; later calls wait for the first, whatever their `source`. After a failure
 * the next call tries again.
 *
 * Browsers must say where `vision_browser_bg.wasm` of `crates/vision/pkg` is served, which reads no
 * JPEG; under Deno the whole core is read from there when nothing is said.
 *
 * @throws {VisionError} `load-failed` if it cannot be had or is no WASM module.
 */
export function initVision(source?: VisionSource): Promise<void> {
  loading ??= load(source).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Views of the core's memory as it is now; they are valid until the core allocates. */
export class CoreMemory {
  readonly #memory: WebAssembly.Memory;

  /** @throws {VisionError} `not-loaded` before {@linkcode initVision}. */
  constructor() {
    if (core === undefined) {
      throw new VisionError("not-loaded", "Cannot use the vision core before initVision()");
    }
    this.#memory = core.memory;
  }

  /** It is never shared between threads, whatever the type says. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, address >>> 0, length);
  }

  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.buffer, address >>> 0, length);
  }
}

/** How large the core's memory is now: as large as it had to be for any picture so far. */
export function coreBytes(): number {
  return new CoreMemory().buffer.byteLength;
}

async function load(source: VisionSource | undefined): Promise<void> {
  try {
    core = await init({ module_or_path: source ?? await readPackage() });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VisionError("load-failed", `Cannot load the vision core: ${reason}`, {
      cause: error,
    });
  }
}

/** The file beside this module, where there is a Deno to read it. */
function readPackage(): Promise<Uint8Array<ArrayBuffer>> {
  interface Reader {
    readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
  }
  const deno = (globalThis as { Deno?: Reader }).Deno;
  if (deno === undefined) throw new TypeError("no address given for vision_bg.wasm");
  return deno.readFile(new URL("pkg/vision_bg.wasm", import.meta.url));
}
