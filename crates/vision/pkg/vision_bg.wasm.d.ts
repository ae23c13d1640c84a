/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_headspec_free: (a: number, b: number) => void;
export const __wbg_inputspec_free: (a: number, b: number) => void;
export const __wbg_pipeline_free: (a: number, b: number) => void;
export const headspec_new: (a: number, b: number, c: number, d: number) => [number, number, number];
export const inputspec_new: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => [number, number, number];
export const pipeline_classMaskAddress: (a: number) => number;
export const pipeline_decode: (a: number, b: number) => [number, number, number];
export const pipeline_detectionsAddress: (a: number) => number;
export const pipeline_frameAddress: (a: number, b: number) => [number, number, number];
export const pipeline_headAddress: (a: number) => number;
export const pipeline_headColumns: (a: number) => number;
export const pipeline_headRows: (a: number) => number;
export const pipeline_letterbox: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number];
export const pipeline_new: (a: number, b: number, c: number) => [number, number, number];
export const pipeline_nms: (a: number, b: number, c: number) => [number, number, number];
export const pipeline_setPlane: (a: number, b: number, c: number, d: number) => void;
export const pipeline_tensorAddress: (a: number) => number;
export const __wbindgen_exn_store: (a: number) => void;
export const __externref_table_alloc: () => number;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __wbindgen_malloc: (a: number, b: number) => number;
export const __wbindgen_free: (a: number, b: number, c: number) => void;
export const __externref_table_dealloc: (a: number) => void;
export const __wbindgen_start: () => void;
