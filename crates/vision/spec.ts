// This module is browser compatible.
import type { HeadSpec } from "./families.ts";

/** Where the scaled picture goes in the model input: aspect ratio kept and padded, or stretched. */
export type Placement = "center" | "top-left" | "stretch";

/** `[3, heightPx, widthPx]`: a plane for each colour; or `[heightPx, widthPx, 3]`: pixel after pixel. */
export type InputLayout = "nchw" | "nhwc";

/**
 * The model input: a tensor of f32, its axes in the order of `layout`.
 *
 * A pixel 0–255 becomes `(pixel - mean) / std`; the padding goes through the same arithmetic.
 */
export interface InputSpec {
  /** Width, px, 1–2560. */
  readonly widthPx: number;
  /** Height, px, 1–2560. */
  readonly heightPx: number;
  /** Default: `nchw`. */
  readonly layout?: InputLayout | undefined;
  readonly placement: Placement;
  /** Value of the padding, 0–255. */
  readonly pad: number;
  /** Order of the channels in the tensor, and so of `mean` and `std`. */
  readonly order: "rgb" | "bgr";
  /** Taken off each channel, in units of 0–255. */
  readonly mean: readonly [number, number, number];
  /** Divides each channel; above 0. */
  readonly std: readonly [number, number, number];
}

/** All that {@linkcode Vision} must know of a model. */
export interface VisionSpec {
  readonly input: InputSpec;
  readonly head: HeadSpec;
}

/**
 * Order of the bytes, as WebCodecs names them; it has no `RGB`, 3 bytes a pixel. U and V planes are
 * half the size, rounded up.
 */
export type PixelFormat = "RGBA" | "RGBX" | "BGRA" | "BGRX" | "RGB" | "I420" | "NV12";

/** Where one plane lies in the frame buffer. */
export interface PlaneLayout {
  /** First byte. */
  readonly offset: number;
  /** Bytes from row to row. */
  readonly stride: number;
}

/** A frame in the frame buffer. Checked on every use: it may come from anywhere. */
export interface FrameLayout {
  readonly format: PixelFormat;
  /** Width, px, 1–8192. */
  readonly widthPx: number;
  /** Height, px, 1–8192. */
  readonly heightPx: number;
  /** One for RGB formats, Y and UV for NV12, Y and U and V for I420. */
  readonly planes: readonly PlaneLayout[];
  /** The matrix that made Y, U, V; not looked at for RGB formats. */
  readonly matrix: "bt601" | "bt709";
  /** The range of Y, U, V; not looked at for RGB formats. */
  readonly range: "limited" | "full";
}

/** Size of one axis of a tensor: a number, or up to so many. */
export type AxisSize = number | { readonly most: number };

/** Which JPEGs to read. */
export interface JpegLimits {
  /** Longest side, px. Default: 4096; more than 8192 is taken as that. */
  readonly maxSidePx?: number | undefined;
}

/** Width and height of a picture. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A picture that {@linkcode Scaler.scale} made. */
export interface ScaledPicture extends SizePx {
  /** RGBA8, row-major, without gaps, alpha 255. A view: see {@linkcode Scaler}. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** A box as xyxy, each in [0, 1] of the frame; padding removed. */
export interface NormalizedXyxy {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** One object found. */
export interface Detection {
  readonly box: NormalizedXyxy;
  /** In [0, 1] as the model says. */
  readonly score: number;
  /** Index in the model's labels. */
  readonly classId: number;
}

/** Which candidates to take from a head. */
export interface DecodeOptions {
  /** Smallest score, 0–1. */
  readonly scoreThreshold: number;
  /** Classes wanted. Default, or `null`: all. An anchor whose best class is not wanted gives none. */
  readonly classes?: ReadonlySet<number> | null | undefined;
}

/** Which candidates to report. */
export interface NmsOptions {
  /** Boxes of a class with an IoU above this are one, 0–1. */
  readonly iouThreshold: number;
  /** Most detections, at least 1. Default and upper bound: 300. */
  readonly maxDetections?: number | undefined;
}

/** What to report of a head. */
export interface DetectOptions extends DecodeOptions, NmsOptions {}
