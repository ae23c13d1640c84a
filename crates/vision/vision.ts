// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import * as core from "./pkg/vision.js";
import { VisionError, withVisionError } from "./error.ts";
import { coreMemory } from "./load.ts";
import { uint32 } from "./uint32.ts";
import type {
  DecodeOptions,
  Detection,
  DetectOptions,
  FrameLayout,
  JpegLimits,
  NmsOptions,
  VisionSpec,
} from "./spec.ts";

/** Numbers of one detection in {@linkcode Vision.nmsRaw}. */
export const DETECTION_VALUES = 6;

const DEFAULT_MAX_DETECTIONS = 300;
const DEFAULT_MAX_JPEG_SIDE_PX = 4096;

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
 * await initVision("/vision_bg.wasm");
 * const vision = new Vision(spec);
 * await frame.copyTo(vision.frameBuffer(frame.allocationSize()));
 * const tensor = vision.letterbox(layout);
 * // … run the model …
 * vision.writeHead(output);
 * const detections = vision.detect({ scoreThreshold: 0.4, iouThreshold: 0.45 });
 * ```
 */
export class Vision {
  /** Elements of the head. */
  readonly headLength: number;
  /** Dimensions of the head, batch first: `[1, rows, columns]`. */
  readonly headShape: readonly number[];
  readonly #memory: WebAssembly.Memory;
  readonly #tensorLength: number;
  readonly #classes: number;
  #pipeline: core.Pipeline | undefined;

  /**
   * @param options `simd`: whether to use the SIMD128 code (default) or its scalar reference; the
   * results are the same.
   * @throws {VisionError} `not-loaded`, `input-spec`, `head-spec`, `unknown-name`, `not-an-integer`.
   */
  constructor(spec: VisionSpec, options: { simd?: boolean } = {}) {
    this.#memory = coreMemory();
    const pipeline = withVisionError(() => makePipeline(spec, options.simd ?? true));
    this.#pipeline = pipeline;
    this.#tensorLength = 3 * spec.input.widthPx * spec.input.heightPx;
    this.#classes = spec.head.classes;
    this.headShape = Object.freeze([1, pipeline.headRows, pipeline.headColumns]);
    this.headLength = pipeline.headRows * pipeline.headColumns;
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
    return new Uint8Array(this.#buffer, address >>> 0, bytes);
  }

  /**
   * Room for one JPEG file of `byteLength` bytes (at most 2 MiB) to write into.
   *
   * @throws {VisionError} `jpeg-bytes`, `not-an-integer`, `freed`.
   */
  jpegBuffer(byteLength: number): Uint8Array<ArrayBuffer> {
    const pipeline = this.#live();
    const bytes = uint32(byteLength, "byteLength");
    const address = withVisionError(() => pipeline.jpegAddress(bytes));
    return new Uint8Array(this.#buffer, address >>> 0, bytes);
  }

  /**
   * Decodes the file in the JPEG buffer into the frame buffer, for {@linkcode Vision.letterbox}:
   * `RGB`, rows without gaps.
   *
   * Baseline and progressive, grey and YCbCr, at most 16 MP; the header is checked before anything
   * is allocated for the picture. EXIF is not looked at: nothing is turned. A progressive file takes
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
    const planes = [{ offset: 0, stride: widthPx * 3 }];
    return { format: "RGB", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
  }

  /**
   * Letterboxes the frame in the frame buffer.
   *
   * @returns The tensor `[1, 3, heightPx, widthPx]`, planar f32.
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
    return this.#floats(pipeline.tensorAddress, this.#tensorLength);
  }

  /**
   * Where the model's output goes before {@linkcode Vision.decode}: {@linkcode Vision.headLength}
   * f32.
   *
   * @throws {VisionError} `freed`.
   */
  headBuffer(): Float32Array<ArrayBuffer> {
    return this.#floats(this.#live().headAddress, this.headLength);
  }

  /**
   * Copies the model's output into the head buffer.
   *
   * @throws {VisionError} `head-length` if it has not {@linkcode Vision.headLength} elements,
   * `freed`.
   */
  writeHead(output: Float32Array): void {
    if (output.length !== this.headLength) {
      const lengths = `it has ${output.length} elements, expected ${this.headLength}`;
      throw new VisionError("head-length", `Cannot decode the head: ${lengths}`);
    }
    this.headBuffer().set(output);
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
   * best; those of an `end-to-end` head are all kept). Best score first. The detections are copies, the caller's to keep.
   *
   * @throws {VisionError} `detect-option`, `not-an-integer`, `freed`.
   */
  nms(options: NmsOptions): Detection[] {
    const values = this.nmsRaw(options);
    const detections: Detection[] = [];
    for (let at = 0; at < values.length; at += DETECTION_VALUES) {
      detections.push({
        box: {
          xmin: values[at]!,
          ymin: values[at + 1]!,
          xmax: values[at + 2]!,
          ymax: values[at + 3]!,
        },
        score: values[at + 4]!,
        classId: values[at + 5]!,
      });
    }
    return detections;
  }

  /**
   * As {@linkcode Vision.nms}, without making objects: a view of {@linkcode DETECTION_VALUES} numbers
   * a detection: xmin, ymin, xmax, ymax, score, class.
   */
  nmsRaw({ iouThreshold, maxDetections }: NmsOptions): Float32Array<ArrayBuffer> {
    const pipeline = this.#live();
    const limit = uint32(maxDetections ?? DEFAULT_MAX_DETECTIONS, "maxDetections");
    const count = withVisionError(() => pipeline.nms(iouThreshold, limit));
    return this.#floats(pipeline.detectionsAddress, count * DETECTION_VALUES);
  }

  /** Gives the buffers back to the core. Safe to call twice; anything else then throws `freed`. */
  free(): void {
    this.#pipeline?.free();
    this.#pipeline = undefined;
  }

  #live(): core.Pipeline {
    if (this.#pipeline === undefined) {
      throw new VisionError("freed", "Cannot use this Vision after free()");
    }
    return this.#pipeline;
  }

  /** The core's memory as it is now. It is never shared between threads, whatever the type says. */
  get #buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  #floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, address >>> 0, length);
  }

  #setClasses(pipeline: core.Pipeline, classes: ReadonlySet<number> | null): void {
    const address = pipeline.classMaskAddress >>> 0;
    const mask = new Uint8Array(this.#buffer, address, this.#classes);
    mask.fill(classes === null ? 1 : 0);
    // Ids that the model does not have fall outside the view and change nothing.
    for (const classId of classes ?? []) mask[classId] = 1;
  }
}

function makePipeline({ input, head }: VisionSpec, simd: boolean): core.Pipeline {
  const inputSpec = new core.InputSpec(
    uint32(input.widthPx, "widthPx"),
    uint32(input.heightPx, "heightPx"),
    input.placement,
    input.pad,
    input.order,
    Float32Array.from(input.mean),
    Float32Array.from(input.std),
  );
  try {
    const strides = Uint32Array.from(head.strides, (stride) => uint32(stride, "strides"));
    const classes = uint32(head.classes, "classes");
    const boxes = uint32(head.boxes ?? 0, "boxes");
    const headSpec = new core.HeadSpec(head.kind, classes, strides, boxes);
    try {
      return new core.Pipeline(inputSpec, headSpec, simd);
    } finally {
      headSpec.free();
    }
  } finally {
    inputSpec.free();
  }
}
