// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import type * as core from "./pkg/vision.js";
import { DETECTION_VALUES, detectionAt } from "./detection_rows.ts";
import { VisionError, withVisionError } from "./error.ts";
import { type HeadTensor, readTensors, shapeOf } from "./head_tensors.ts";
import { CoreMemory } from "./load.ts";
import { makePipeline } from "./make_pipeline.ts";
import { uint32 } from "./uint32.ts";
import type {
  AxisSize,
  DecodeOptions,
  Detection,
  DetectOptions,
  FrameLayout,
  JpegLimits,
  NmsOptions,
  VisionSpec,
} from "./spec.ts";

const DEFAULT_MAX_DETECTIONS = 300;
const DEFAULT_MAX_JPEG_SIDE_PX = 4096;

/** What {@linkcode Vision.readPicture} gives. */
export interface UprightPicture {
  /** Where the picture lies in the frame buffer, until that is asked for anew. */
  readonly layout: FrameLayout;
  /** EXIF's number of how it was turned, 1 to 8; 1: not at all. */
  readonly orientation: number;
}

/**
 * The arithmetic of one model's frame path: frame → tensor, head → detections.
 *
 * It owns every buffer, in the core's memory. What it hands out are views of them: nothing is copied,
 * and a view is good until the next call of any `Vision` method, which may grow the memory and so
 * detach it. After the first frame of the largest size no call allocates in the core, but
 * {@linkcode Vision.readJpeg} while it decodes.
 *
 * @example
 * ```ts ignore
 * await initVision("/vision_browser_bg.wasm");
 * const vision = new Vision(spec);
 * await frame.copyTo(vision.frameBuffer(frame.allocationSize()));
 * const tensor = vision.letterbox(layout);
 * // … run the model …
 * vision.writeHead(output);
 * const detections = vision.detect({ scoreThreshold: 0.4, iouThreshold: 0.45 });
 * ```
 */
export class Vision {
  /**
   * Dimensions of each of the head's tensors, batch first: `[1, boxes, values]`, `[1, values, boxes]`, or
   * `[1, boxes]` where a box has one value. A run may give fewer boxes where the graph works them out.
   */
  readonly headShapes: readonly (readonly AxisSize[])[];
  readonly #memory: CoreMemory;
  readonly #tensorLength: number;
  readonly #classes: number;
  readonly #tensors: readonly HeadTensor[];
  #pipeline: core.Pipeline | undefined;

  /**
   * @param options `simd`: whether to use the SIMD128 code (default) or its scalar reference; the
   * results are the same.
   * @throws {VisionError} `not-loaded`, `input-spec`, `head-spec`, `unknown-name`, `not-an-integer`.
   */
  constructor(spec: VisionSpec, options: { simd?: boolean } = {}) {
    this.#memory = new CoreMemory();
    const pipeline = withVisionError(() => makePipeline(spec, options.simd ?? true));
    this.#pipeline = pipeline;
    this.#tensorLength = 3 * spec.input.widthPx * spec.input.heightPx;
    this.#classes = spec.head.classes;
    this.#tensors = readTensors(pipeline.headTensors, spec.head);
    this.headShapes = this.#tensors.map(shapeOf);
  }

  /**
   * Room for one frame of `byteLength` bytes (at most 256 MiB) to write into. Old bytes may still be
   * in it.
   *
   * @throws {VisionError} `frame-bytes`, `not-an-integer`, `freed`.
   */
  frameBuffer(byteLength: number): Uint8Array<ArrayBuffer> {
    const pipeline = this.#live();
    const bytes = uint32(byteLength, "byteLength");
    const address = withVisionError(() => pipeline.frameAddress(bytes));
    return this.#memory.bytes(address, bytes);
  }

  /**
   * Room for one JPEG file of `byteLength` bytes (at most 2 MiB) to write into.
   *
   * @throws {VisionError} `jpeg-bytes`; `jpeg-unsupported` in the core that browsers load; `not-an-integer`, `freed`.
   */
  jpegBuffer(byteLength: number): Uint8Array<ArrayBuffer> {
    const pipeline = this.#live();
    const bytes = uint32(byteLength, "byteLength");
    const address = withVisionError(() => pipeline.jpegAddress(bytes));
    return this.#memory.bytes(address, bytes);
  }

  /**
   * Decodes the file in the JPEG buffer into the frame buffer, for {@linkcode Vision.letterbox}:
   * `RGB`, rows without gaps.
   *
   * Baseline and progressive, grey and YCbCr, at most 16 MP; the header is checked before anything
   * is allocated for the picture. Nothing is turned. A progressive file takes
   * up to six bytes a pixel while it is decoded, beside the three of the frame buffer.
   *
   * @returns Where the picture lies in the frame buffer, until that is asked for anew.
   * @throws {VisionError} `jpeg-truncated` if the file ends early; `jpeg-format` if it is none, or
   * damaged; `jpeg-unsupported`: CMYK, RGB, 12 bits, arithmetic or lossless coding, odd sampling;
   * `jpeg-size`; `frame-bytes`, `not-an-integer`, `freed`. The frame buffer then holds anything.
   */
  readJpeg({ maxSidePx }: JpegLimits = {}): FrameLayout {
    const pipeline = this.#live();
    const limit = uint32(maxSidePx ?? DEFAULT_MAX_JPEG_SIDE_PX, "maxSidePx");
    const [widthPx, heightPx] = withVisionError(() => pipeline.readJpeg(limit)) as
      & Uint32Array
      & [number, number];
    return rgbLayout(widthPx, heightPx);
  }

  /**
   * The same with a JPEG, PNG or WebP, as its first bytes say, and upright: turned as its EXIF says. Where
   * it is transparent, white shows through. PNG and WebP take up to four bytes a pixel, and a picture that
   * is turned three, beside the three of the frame buffer.
   *
   * @throws {VisionError} As {@linkcode Vision.readJpeg}; `picture-format` if it is a broken PNG or WebP,
   * or a moving one; `picture-size`.
   */
  readPicture({ maxSidePx }: JpegLimits = {}): UprightPicture {
    const pipeline = this.#live();
    const limit = uint32(maxSidePx ?? DEFAULT_MAX_JPEG_SIDE_PX, "maxSidePx");
    const [widthPx, heightPx, orientation] = withVisionError(() => pipeline.readPicture(limit)) as
      & Uint32Array
      & [number, number, number];
    return { layout: rgbLayout(widthPx, heightPx), orientation };
  }

  /**
   * Letterboxes the frame in the frame buffer.
   *
   * @returns The tensor, f32: see {@linkcode VisionSpec.input}.
   * @throws {VisionError} `frame-size`, `plane-count`, `plane-stride`, `plane-bounds`,
   * `unknown-name`, `not-an-integer`, `freed`; the tensor is then as it was.
   */
  letterbox(layout: FrameLayout): Float32Array<ArrayBuffer> {
    const pipeline = this.#live();
    const { format, widthPx, heightPx, planes, matrix, range } = layout;
    for (let index = 0; index < planes.length; index++) {
      const { offset, stride } = planes[index]!;
      pipeline.setPlane(index, uint32(offset, "offset"), uint32(stride, "stride"));
    }
    const width = uint32(widthPx, "widthPx");
    const height = uint32(heightPx, "heightPx");
    withVisionError(() => pipeline.letterbox(format, width, height, planes.length, matrix, range));
    return this.#memory.floats(pipeline.tensorAddress, this.#tensorLength);
  }

  /**
   * Where the numbers of one of the head's tensors go before {@linkcode Vision.decode}, all that a run can
   * give: in the order of {@linkcode Vision.headShapes}.
   *
   * @throws {VisionError} `freed`; `head-length` if the head has no such tensor.
   */
  headBuffer(tensor = 0): Float32Array<ArrayBuffer> {
    return this.#headBuffer(this.#tensorAt(tensor));
  }

  /**
   * Copies the model's output into the head buffer.
   *
   * @param outputs The head's tensors, each as long as its boxes are many: all of as many boxes.
   * @throws {VisionError} `head-length` if they are not, or more boxes than {@linkcode Vision.headShapes}
   * says; `freed`.
   */
  writeHead(outputs: readonly Float32Array[]): void {
    const pipeline = this.#live();
    if (outputs.length !== this.#tensors.length) {
      throw wrongHead(`it has ${outputs.length} tensors, expected ${this.#tensors.length}`);
    }
    let rows: number | null = null;
    for (const [index, tensor] of this.#tensors.entries()) {
      const { length } = outputs[index]!;
      const count = length / tensor.values;
      const wanted: number = tensor.isExact ? tensor.rows : rows ?? count;
      if (count !== wanted || count > tensor.rows || !Number.isInteger(count)) {
        const limit = tensor.isExact ? "" : "up to ";
        const expected = `${limit}${tensor.rows} times ${tensor.values}`;
        throw wrongHead(`output ${index + 1} has ${length} elements, expected ${expected}`);
      }
      if (!tensor.isCount) rows = count;
      this.#headBuffer(tensor).set(outputs[index]!);
    }
    pipeline.setRows(rows ?? 0);
  }

  /**
   * {@linkcode Vision.decode}, then {@linkcode Vision.nms}.
   *
   * @throws {VisionError} `no-frame`, `detect-option`, `not-an-integer`, `freed`.
   */
  detect(options: DetectOptions): Detection[] {
    this.decode(options);
    return this.nms(options);
  }

  /**
   * Finds the candidates in the head buffer, for the frame last letterboxed.
   *
   * @returns How many there are.
   * @throws {VisionError} `no-frame`, `detect-option`, `freed`.
   */
  decode({ scoreThreshold, classes }: DecodeOptions): number {
    const pipeline = this.#live();
    this.#setClasses(pipeline, classes ?? null);
    return withVisionError(() => pipeline.decode(scoreThreshold));
  }

  /**
   * Thins the candidates of the last {@linkcode Vision.decode} out (class-aware NMS among the 1000
   * best; where the model itself leaves one box an object, all are kept). Best score first. The detections are copies, the caller's to keep.
   *
   * @throws {VisionError} `detect-option`, `not-an-integer`, `freed`.
   */
  nms(options: NmsOptions): Detection[] {
    const values = this.nmsRaw(options);
    const detections: Detection[] = [];
    for (let at = 0; at < values.length; at += DETECTION_VALUES) {
      detections.push(detectionAt(values, at));
    }
    return detections;
  }

  /**
   * As {@linkcode Vision.nms}, without making objects: a view of {@linkcode DETECTION_VALUES} numbers
   * a detection.
   */
  nmsRaw({ iouThreshold, maxDetections }: NmsOptions): Float32Array<ArrayBuffer> {
    const pipeline = this.#live();
    const limit = uint32(maxDetections ?? DEFAULT_MAX_DETECTIONS, "maxDetections");
    const count = withVisionError(() => pipeline.nms(iouThreshold, limit));
    return this.#memory.floats(pipeline.detectionsAddress, count * DETECTION_VALUES);
  }

  /** Gives the buffers back to the core. Safe to call twice; anything else then throws `freed`. */
  free(): void {
    this.#pipeline?.free();
    this.#pipeline = undefined;
  }

  #tensorAt(index: number): HeadTensor {
    const tensor = this.#tensors[index];
    if (tensor === undefined) throw wrongHead(`it has no tensor ${index}`);
    return tensor;
  }

  #headBuffer({ offset, rows, values }: HeadTensor): Float32Array<ArrayBuffer> {
    return this.#memory.floats(this.#live().headAddress + offset * 4, rows * values);
  }

  #live(): core.Pipeline {
    if (this.#pipeline === undefined) {
      throw new VisionError("freed", "Cannot use this Vision after free()");
    }
    return this.#pipeline;
  }

  #setClasses(pipeline: core.Pipeline, classes: ReadonlySet<number> | null): void {
    const address = pipeline.classMaskAddress >>> 0;
    const mask = new Uint8Array(this.#memory.buffer, address, this.#classes);
    mask.fill(classes === null ? 1 : 0);
    // Ids that the model does not have fall outside the view and change nothing.
    for (const classId of classes ?? []) mask[classId] = 1;
  }
}

function rgbLayout(widthPx: number, heightPx: number): FrameLayout {
  const planes = [{ offset: 0, stride: widthPx * 3 }];
  return { format: "RGB", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}

function wrongHead(what: string): VisionError {
  return new VisionError("head-length", `Cannot decode the head: ${what}`);
}
