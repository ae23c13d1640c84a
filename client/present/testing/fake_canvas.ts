/** A rectangle in pixels of the canvas. */
interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a pixel was painted with last. */
export type Paint = "nothing" | "bar" | "picture" | "stroke" | "label";

const ROUNDING = 1e-6;

const EVERYWHERE: Area = { x: -1e6, y: -1e6, width: 2e6, height: 2e6 };

/**
 * A canvas that notes what each pixel was painted with last. A pixel that is painted only in part counts
 * as painted with strokes and labels, and as not painted with the picture: the worst case of both.
 */
export class FakeCanvas {
  #widthPx = 0;
  #heightPx = 0;
  #pixels: Paint[] = [];
  #context = new FakeContext((area, paint, isPartly) => this.#paint(area, paint, isPartly));

  /** Labels that were painted, in pixels of the canvas. */
  get labels(): Area[] {
    return this.#context.labels;
  }

  get width(): number {
    return this.#widthPx;
  }

  set width(px: number) {
    this.#widthPx = px;
    this.#reset();
  }

  get height(): number {
    return this.#heightPx;
  }

  set height(px: number) {
    this.#heightPx = px;
    this.#reset();
  }

  getContext(): FakeContext {
    return this.#context;
  }

  /** As the code under test takes it. */
  get asCanvas(): OffscreenCanvas {
    return this as unknown as OffscreenCanvas;
  }

  /** What each pixel was painted with, row by row. */
  rows(): Paint[][] {
    const rows = Array.from({ length: this.#heightPx }, (_, y) => y * this.#widthPx);
    return rows.map((start) => this.#pixels.slice(start, start + this.#widthPx));
  }

  #reset(): void {
    this.#pixels = new Array(this.#widthPx * this.#heightPx).fill("nothing");
    this.#context.reset();
  }

  #paint({ x, y, width, height }: Area, paint: Paint, isPartly: boolean): void {
    // What touches a pixel only by an error of rounding does not touch it.
    const [lower, upper, edge] = isPartly
      ? [Math.floor, Math.ceil, ROUNDING]
      : [Math.ceil, Math.floor, -ROUNDING];
    const [left, top] = [lower(x + edge), lower(y + edge)];
    const right = Math.min(this.#widthPx, upper(x + width - edge));
    const bottom = Math.min(this.#heightPx, upper(y + height - edge));
    for (let row = Math.max(0, top); row < bottom; row++) {
      for (let column = Math.max(0, left); column < right; column++) {
        this.#pixels[row * this.#widthPx + column] = paint;
      }
    }
  }
}

type PaintArea = (area: Area, paint: Paint, isPartly: boolean) => void;

/** As much of a context as a painter of boxes uses. */
class FakeContext {
  readonly labels: Area[] = [];
  lineWidth = 1;
  readonly #paint: PaintArea;
  #clip = EVERYWHERE;
  #saved: Area[] = [];
  #path = EVERYWHERE;
  #transform = { scaleX: 1, scaleY: 1, moveX: 0 };

  constructor(paint: PaintArea) {
    this.#paint = paint;
  }

  reset(): void {
    this.#clip = EVERYWHERE;
    this.#saved = [];
    this.setTransform(1, 0, 0, 1, 0);
  }

  setTransform(scaleX: number, _b: number, _c: number, scaleY: number, moveX: number): void {
    this.#transform = { scaleX, scaleY, moveX };
  }

  save(): void {
    this.#saved.push(this.#clip);
  }

  restore(): void {
    this.#clip = this.#saved.pop() ?? this.#clip;
  }

  beginPath(): void {}

  rect(x: number, y: number, width: number, height: number): void {
    this.#path = { x, y, width, height };
  }

  clip(): void {
    this.#clip = within(this.#placed(this.#path), this.#clip);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#put({ x, y, width, height }, "bar");
  }

  drawImage(_: unknown, x: number, y: number, width: number, height: number): void {
    this.#paint(within(this.#placed({ x, y, width, height }), this.#clip), "picture", false);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    const line = this.lineWidth;
    const half = line / 2;
    const across = { x: x - half, width: width + line, height: line };
    const down = { y: y - half, width: line, height: height + line };
    this.#put({ ...across, y: y - half }, "stroke");
    this.#put({ ...across, y: y + height - half }, "stroke");
    this.#put({ ...down, x: x - half }, "stroke");
    this.#put({ ...down, x: x + width - half }, "stroke");
  }

  roundRect(x: number, y: number, width: number, height: number): void {
    this.#path = { x, y, width, height };
    this.labels.push(this.#placed(this.#path));
  }

  fill(): void {
    this.#put(this.#path, "label");
  }

  setLineDash(): void {}

  fillText(): void {}

  measureText(text: string): { width: number } {
    return { width: 4 * text.length };
  }

  #put(area: Area, paint: Paint): void {
    this.#paint(within(this.#placed(area), this.#clip), paint, true);
  }

  #placed({ x, y, width, height }: Area): Area {
    const { scaleX, scaleY, moveX } = this.#transform;
    const left = Math.min(x * scaleX, (x + width) * scaleX) + moveX;
    return { x: left, y: y * scaleY, width: width * Math.abs(scaleX), height: height * scaleY };
  }
}

function within(area: Area, clip: Area): Area {
  const x = Math.max(area.x, clip.x);
  const y = Math.max(area.y, clip.y);
  const width = Math.min(area.x + area.width, clip.x + clip.width) - x;
  const height = Math.min(area.y + area.height, clip.y + clip.height) - y;
  return { x, y, width, height };
}
