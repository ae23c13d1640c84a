import { CODE_NUMBERS, drawFrameCode, frameCodePx } from "../protocol/frame_code.ts";
import type { FrameFormat } from "./ffmpeg_args.ts";

/** Size and rate of the drawn scene. */
export const SCENE_FORMAT = {
  widthPx: 640,
  heightPx: 480,
  rate: "30",
} as const satisfies FrameFormat;

/** An I420 picture. Sides are even. */
export interface I420Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly i420: Uint8Array;
}

/** Where things are in one frame, px of the frame. */
export interface ScenePlaces {
  /** Middle of the ball. */
  readonly ball: { readonly x: number; readonly y: number };
  /** Top left of the photograph; even. */
  readonly photo: { readonly x: number; readonly y: number };
}

/** Radius of the ball, px. */
export const BALL_RADIUS_PX = 28;

/** Steps of the ball's walk: how far its speed changes in a frame, and its most, px. */
const WALK = { change: 1.6, most: 7 };

/** The photograph's way: a slow Lissajous figure; frames of a round, across and down. */
const ROUND_FRAMES = { across: 610, down: 434 };

/** What is drawn into, row 0: the number of the frame; row 1: its time, ms. */
const CODE_ROWS = 2;

/**
 * Draws the scene: a photograph that moves over a background, a ball that walks at random, and at the top
 * left the number of the frame and its time, to be read back from pixels. The same seed and photograph
 * give the same frames.
 */
export class Scene {
  readonly #background: Uint8Array;
  readonly #photo: I420Picture | null;
  readonly #frame: Uint8Array;
  readonly #random: () => number;
  #ball: { x: number; y: number; dx: number; dy: number };
  #index = 0;

  /** @param photo `null`: none could be read, so there is only the ball. */
  constructor(photo: I420Picture | null, seed = 1) {
    const { widthPx, heightPx } = SCENE_FORMAT;
    this.#background = background();
    this.#photo = photo;
    this.#frame = new Uint8Array(this.#background.length);
    this.#random = mulberry32(seed);
    this.#ball = { x: widthPx / 2, y: heightPx / 2, dx: 2, dy: 1 };
  }

  /**
   * The next frame, I420; the scene's own memory, valid until the next call.
   * @param timeMs Drawn into it: ms since the epoch.
   */
  draw(timeMs: number): { readonly i420: Uint8Array; readonly places: ScenePlaces } {
    const { widthPx } = SCENE_FORMAT;
    this.#walk();
    const places = { ball: { x: this.#ball.x, y: this.#ball.y }, photo: this.#photoPlace() };
    this.#frame.set(this.#background);
    if (this.#photo !== null) blit(this.#frame, this.#photo, places.photo);
    drawBall(this.#frame, places.ball);
    for (const [row, number] of [this.#index, Math.floor(timeMs)].entries()) {
      drawFrameCode({ widthPx, pixels: this.#frame }, number % CODE_NUMBERS, row);
    }
    this.#index += 1;
    return { i420: this.#frame, places };
  }

  #walk(): void {
    const { widthPx, heightPx } = SCENE_FORMAT;
    const step = (at: number, speed: number, least: number, most: number) => {
      const push = (this.#random() * 2 - 1) * WALK.change;
      const moved = Math.min(WALK.most, Math.max(-WALK.most, speed + push));
      const next = at + moved;
      return next < least || next > most ? [at - moved, -moved] as const : [next, moved] as const;
    };
    const { x, y, dx, dy } = this.#ball;
    const margin = BALL_RADIUS_PX + 2;
    const [nextX, nextDx] = step(x, dx, margin, widthPx - margin);
    const [nextY, nextDy] = step(y, dy, codeHeightPx() + margin, heightPx - margin);
    this.#ball = { x: nextX, y: nextY, dx: nextDx, dy: nextDy };
  }

  #photoPlace(): { x: number; y: number } {
    const { widthPx, heightPx } = SCENE_FORMAT;
    const photo = this.#photo ?? { widthPx: 0, heightPx: 0 };
    const part = (roundFrames: number) =>
      (1 - Math.cos(this.#index / roundFrames * 2 * Math.PI)) / 2;
    const top = codeHeightPx();
    const even = (value: number) => Math.round(value / 2) * 2;
    return {
      x: even(part(ROUND_FRAMES.across) * (widthPx - photo.widthPx)),
      y: even(top + part(ROUND_FRAMES.down) * (heightPx - top - photo.heightPx)),
    };
  }
}

function codeHeightPx(): number {
  return frameCodePx(SCENE_FORMAT.widthPx).heightPx * CODE_ROWS;
}

/** Soft, so that it costs few bits, and with stripes that show whether the picture is torn. */
function background(): Uint8Array {
  const { widthPx, heightPx } = SCENE_FORMAT;
  const lumaBytes = widthPx * heightPx;
  const frame = new Uint8Array(lumaBytes * 3 / 2);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const stripe = (Math.floor(x / 40) + Math.floor(y / 40)) % 2 === 0 ? 0 : 8;
      frame[y * widthPx + x] = 70 + Math.round(60 * y / heightPx) + stripe;
    }
  }
  // A dull blue; none where the numbers are, which are black and white.
  frame.fill(140, lumaBytes, lumaBytes * 5 / 4);
  frame.fill(118, lumaBytes * 5 / 4);
  for (let y = 0; y < codeHeightPx() / 2; y++) {
    for (const plane of [lumaBytes, lumaBytes * 5 / 4]) {
      const start = plane + y * widthPx / 2;
      frame.fill(128, start, start + frameCodePx(widthPx).widthPx / 2);
    }
  }
  return frame;
}

/** Copies a picture that lies inside the frame, its place even. */
function blit(frame: Uint8Array, picture: I420Picture, at: { x: number; y: number }): void {
  const { widthPx, heightPx } = SCENE_FORMAT;
  let from = 0;
  let to = 0;
  for (const scale of [1, 2, 2]) {
    const rowPx = picture.widthPx / scale;
    for (let y = 0; y < picture.heightPx / scale; y++) {
      const start = to + (at.y / scale + y) * (widthPx / scale) + at.x / scale;
      frame.set(picture.i420.subarray(from, from + rowPx), start);
      from += rowPx;
    }
    to += widthPx / scale * (heightPx / scale);
  }
}

/** Orange, lit from the top left: as a detector knows balls. */
function drawBall(frame: Uint8Array, { x: midX, y: midY }: { x: number; y: number }): void {
  const { widthPx, heightPx } = SCENE_FORMAT;
  const lumaBytes = widthPx * heightPx;
  const chromaWidthPx = widthPx / 2;
  const radius = BALL_RADIUS_PX;
  for (let y = Math.floor(midY - radius); y <= midY + radius; y++) {
    for (let x = Math.floor(midX - radius); x <= midX + radius; x++) {
      const [dx, dy] = [(x - midX) / radius, (y - midY) / radius];
      if (dx * dx + dy * dy > 1) continue;
      const light = Math.max(0, 1 - Math.hypot(dx + 0.35, dy + 0.35));
      frame[y * widthPx + x] = 90 + Math.round(110 * light);
      const chroma = lumaBytes + (y >> 1) * chromaWidthPx + (x >> 1);
      frame[chroma] = 70;
      frame[chroma + lumaBytes / 4] = 185;
    }
  }
}

/** Numbers in [0, 1), the same for the same seed. Source: Tommy Ettinger, mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
