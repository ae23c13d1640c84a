// Filled in by client/build.ts: paths on the server, each naming its content's hash.

declare const __VISION_WASM_URL__: string;
declare const __ORT_WASM_MJS_URL__: string;
declare const __ORT_WASM_URL__: string;
declare const __ORT_WEBGPU_MJS_URL__: string;
declare const __ORT_WEBGPU_URL__: string;

/** The WASM of `crates/vision`, without what decodes JPEG. */
export const VISION_WASM_URL = __VISION_WASM_URL__;

/** onnxruntime's glue and WASM for each backend; the WebGPU one is twice the size. */
export const ORT_URLS = {
  wasm: { mjs: __ORT_WASM_MJS_URL__, wasm: __ORT_WASM_URL__ },
  webgpu: { mjs: __ORT_WEBGPU_MJS_URL__, wasm: __ORT_WEBGPU_URL__ },
} as const;
