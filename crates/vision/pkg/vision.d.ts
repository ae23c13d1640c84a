/* tslint:disable */
/* eslint-disable */
/**
 * See [`head::Activation`].
 */

export type Activation = "none" | "sigmoid" | "softmax";
/**
 * See [`head::BoxFormat`].
 */

export type BoxFormat = "cxcywh" | "xyxy" | "yxyx";
/**
 * See [`head::BoxUnit`].
 */

export type BoxUnit = "px" | "share";
/**
 * See [`spec::ChannelOrder`].
 */

export type ChannelOrder = "rgb" | "bgr";
/**
 * See [`frame::ColorMatrix`].
 */

export type ColorMatrix = "bt601" | "bt709";
/**
 * See [`frame::ColorRange`].
 */

export type ColorRange = "limited" | "full";
/**
 * See [`head::GridKind`].
 */

export type GridKind = "yolox" | "ltrb" | "nanodet";
/**
 * See [`head::Layout`].
 */

export type HeadLayout = "rows" | "columns";
/**
 * See [`spec::InputLayout`].
 */

export type InputLayout = "nchw" | "nhwc";
/**
 * See [`head::Part`].
 */

export type Part = "box" | "angle" | "objectness" | "scores" | "score" | "class" | "count" | "skipped";
/**
 * See [`frame::PixelFormat`].
 */

export type PixelFormat = "RGBA" | "RGBX" | "BGRA" | "BGRX" | "I420" | "NV12" | "RGB";
/**
 * See [`geometry::Placement`].
 */

export type Placement = "center" | "top-left" | "stretch";

/**
 * Follows objects by what is seen; see [`follow::Follower`].
 */
export class Follower {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Keeps a small picture of the frame in the frame buffer.
     */
    addFrame(width_px: number, height_px: number, offset: number, stride: number, quarter_turns: number, time_ms: number): void;
    /**
     * Takes in the first `count` detections of the input.
     */
    addResult(count: number, time_ms: number): boolean;
    /**
     * Writes the objects down; gives how many there are.
     */
    collect(): number;
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     */
    frameAddress(bytes: number): number;
    /**
     * Makes a follower without pictures.
     */
    constructor(simd: boolean);
    /**
     * Forgets every object.
     */
    resetObjects(): void;
    /**
     * Forgets every picture and object.
     */
    reset(): void;
    /**
     * Does about `matches` comparisons; gives whether more are to be done.
     */
    step(matches: number): boolean;
    /**
     * How often an object was not brought to a frame before the next one came.
     */
    readonly fallenBack: number;
    /**
     * Address of the input: eight f32 a detection, for as many as are looked at. Never moves.
     */
    readonly inputAddress: number;
    /**
     * Address of the objects that were last written down: twelve f32 each. Never moves.
     */
    readonly objectsAddress: number;
}

/**
 * The model head; see [`head::HeadSpec`].
 */
export class HeadSpec {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Says what the next `values` numbers of a box are, in the tensor begun last.
     */
    addPart(part: Part, values: number): void;
    /**
     * Begins the next tensor. A head of grids has one, and takes no other.
     */
    addTensor(): void;
    /**
     * A head whose boxes the graph has worked out; its tensors' parts are added one by one.
     */
    static boxes(format: BoxFormat, unit: BoxUnit, layout: HeadLayout, activation: Activation, thinned: boolean, boxes: number, class_ids: Uint32Array | number[]): HeadSpec;
    /**
     * A head of grids. `strides` in px, in the order of the head; empty for 8, 16, 32.
     */
    static grid(kind: GridKind, classes: number, strides: Uint32Array | number[]): HeadSpec;
}

/**
 * The model input; see [`spec::InputSpec`].
 */
export class InputSpec {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * `mean` and `std` must have three numbers each.
     */
    constructor(width_px: number, height_px: number, layout: InputLayout, placement: Placement, pad: number, order: ChannelOrder, mean: Float32Array | number[], std: Float32Array | number[]);
}

/**
 * The buffers and arithmetic of one model; see [`pipeline::Pipeline`].
 */
export class Pipeline {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Decodes the head buffer; gives the number of candidates.
     */
    decode(score_threshold: number): number;
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     */
    frameAddress(bytes: number): number;
    /**
     * Makes room for a JPEG file; gives its address. Valid until a larger file is asked for.
     */
    jpegAddress(bytes: number): number;
    /**
     * Writes the frame buffer into the tensor.
     */
    letterbox(format: PixelFormat, width_px: number, height_px: number, plane_count: number, matrix: ColorMatrix, range: ColorRange): void;
    /**
     * Makes every buffer but the frame's.
     */
    constructor(input: InputSpec, head: HeadSpec, simd: boolean);
    /**
     * Thins the candidates out; gives the number of detections.
     */
    nms(iou_threshold: number, max_detections: number): number;
    /**
     * Decodes the JPEG into the frame buffer, as RGB without gaps between the rows; gives width and
     * height, px.
     */
    readJpeg(max_side_px: number): Uint32Array;
    /**
     * Decodes the JPEG, PNG or WebP in the room for a JPEG into the frame buffer, as RGB without gaps
     * between the rows, upright; gives width and height, px, and EXIF's orientation.
     */
    readPicture(max_side_px: number): Uint32Array;
    /**
     * Says where plane `index` lies, for the [`Pipeline::letterbox`] that follows. Indices past the
     * last plane of any format are left out: the plane count tells.
     */
    setPlane(index: number, offset: number, stride: number): void;
    /**
     * See [`pipeline::Pipeline::set_rows`].
     */
    setRows(rows: number): void;
    /**
     * Address of the class mask: one byte a class, 1 at first. Never moves.
     */
    readonly classMaskAddress: number;
    /**
     * Address of the detections: six f32 each. Never moves.
     */
    readonly detectionsAddress: number;
    /**
     * Address of the head buffer: f32, the head's tensors one after another. Never moves.
     */
    readonly headAddress: number;
    /**
     * Of each of the head's tensors four numbers: where it begins in the head buffer (f32), most
     * boxes, values of a box, 1 if they lie box after box.
     */
    readonly headTensors: Uint32Array;
    /**
     * Address of the tensor: f32, `3 · height · width`. Never moves.
     */
    readonly tensorAddress: number;
}

/**
 * Scales frames to RGBA pictures; see [`scaler::Scaler`].
 */
export class Scaler {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     */
    frameAddress(bytes: number): number;
    /**
     * Makes a scaler without buffers.
     */
    constructor(simd: boolean);
    /**
     * Scales the frame buffer; gives the address of the picture: RGBA8, `4 · height · width`. Valid
     * until a larger one is asked for.
     */
    scale(format: PixelFormat, width_px: number, height_px: number, plane_count: number, matrix: ColorMatrix, range: ColorRange, target_width_px: number, target_height_px: number): number;
    /**
     * As [`Pipeline::set_plane`](super::pipeline::Pipeline::set_plane), for the [`Scaler::scale`] that follows.
     */
    setPlane(index: number, offset: number, stride: number): void;
}

/**
 * Follows objects; see [`tracker::Tracker`].
 */
export class Tracker {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * See [`TrackerOptions`].
     */
    constructor(max_lost_ms: number, min_iou: number, weak_min_iou: number);
    /**
     * Forgets every object.
     */
    reset(): void;
    /**
     * Takes in the first `count` detections of the input.
     */
    update(count: number, score_threshold: number, time_ms: number): void;
    /**
     * Address of the ids: one u32 a detection, 0 for none. Never moves.
     */
    readonly idsAddress: number;
    /**
     * Address of the input: six f32 a detection, for as many as are looked at. Never moves.
     */
    readonly inputAddress: number;
    /**
     * Address of the velocities: four f32 a detection. Never moves.
     */
    readonly velocitiesAddress: number;
}

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_follower_free: (a: number, b: number) => void;
    readonly __wbg_headspec_free: (a: number, b: number) => void;
    readonly __wbg_inputspec_free: (a: number, b: number) => void;
    readonly __wbg_pipeline_free: (a: number, b: number) => void;
    readonly __wbg_scaler_free: (a: number, b: number) => void;
    readonly __wbg_tracker_free: (a: number, b: number) => void;
    readonly follower_addFrame: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number];
    readonly follower_addResult: (a: number, b: number, c: number) => number;
    readonly follower_collect: (a: number) => number;
    readonly follower_fallenBack: (a: number) => number;
    readonly follower_frameAddress: (a: number, b: number) => [number, number, number];
    readonly follower_inputAddress: (a: number) => number;
    readonly follower_new: (a: number) => number;
    readonly follower_objectsAddress: (a: number) => number;
    readonly follower_reset: (a: number) => void;
    readonly follower_resetObjects: (a: number) => void;
    readonly follower_step: (a: number, b: number) => number;
    readonly headspec_addPart: (a: number, b: number, c: number) => [number, number];
    readonly headspec_addTensor: (a: number) => void;
    readonly headspec_boxes: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number) => [number, number, number];
    readonly headspec_grid: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly inputspec_new: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number) => [number, number, number];
    readonly pipeline_classMaskAddress: (a: number) => number;
    readonly pipeline_decode: (a: number, b: number) => [number, number, number];
    readonly pipeline_detectionsAddress: (a: number) => number;
    readonly pipeline_frameAddress: (a: number, b: number) => [number, number, number];
    readonly pipeline_headAddress: (a: number) => number;
    readonly pipeline_headTensors: (a: number) => [number, number];
    readonly pipeline_jpegAddress: (a: number, b: number) => [number, number, number];
    readonly pipeline_letterbox: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number];
    readonly pipeline_new: (a: number, b: number, c: number) => [number, number, number];
    readonly pipeline_nms: (a: number, b: number, c: number) => [number, number, number];
    readonly pipeline_readJpeg: (a: number, b: number) => [number, number, number, number];
    readonly pipeline_readPicture: (a: number, b: number) => [number, number, number, number];
    readonly pipeline_setPlane: (a: number, b: number, c: number, d: number) => void;
    readonly pipeline_setRows: (a: number, b: number) => void;
    readonly pipeline_tensorAddress: (a: number) => number;
    readonly scaler_frameAddress: (a: number, b: number) => [number, number, number];
    readonly scaler_new: (a: number) => number;
    readonly scaler_scale: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => [number, number, number];
    readonly scaler_setPlane: (a: number, b: number, c: number, d: number) => void;
    readonly tracker_idsAddress: (a: number) => number;
    readonly tracker_inputAddress: (a: number) => number;
    readonly tracker_new: (a: number, b: number, c: number) => [number, number, number];
    readonly tracker_reset: (a: number) => void;
    readonly tracker_update: (a: number, b: number, c: number, d: number) => [number, number];
    readonly tracker_velocitiesAddress: (a: number) => number;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
