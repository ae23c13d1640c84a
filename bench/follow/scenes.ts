/** Numbers in [0, 1), the same for the same seed. Mulberry32. */
export type Random = () => number;

/** @param seed Any whole number. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ways in which objects go. */
export const PATHS = ["constant", "turning", "accelerating", "stopping", "jittering"] as const;
export type PathKind = typeof PATHS[number];

/** A point of the frame, px at 640×480. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Frame that paths and figures are in, px. */
export const WIDTH = 640;
export const HEIGHT = 480;

/** Speeds of the study, px/s. */
const SPEED = { least: 150, most: 400 };

/**
 * Where an object's centre is at each of `count` times, `stepS` apart: it keeps `margin` px from the
 * border, where it turns back.
 */
export function path(
  kind: PathKind,
  random: Random,
  { count, stepS, margin }: { count: number; stepS: number; margin: Point },
): Point[] {
  const speed = SPEED.least + random() * (SPEED.most - SPEED.least);
  let angle = random() * 2 * Math.PI;
  let x = margin.x + random() * (WIDTH - 2 * margin.x);
  let y = margin.y + random() * (HEIGHT - 2 * margin.y);
  let phaseS = 0.5 + random();
  let pace = 1;
  const points: Point[] = [];
  for (let frame = 0; frame < count; frame++) {
    phaseS -= stepS;
    if (phaseS <= 0) {
      phaseS = 0.8 + 1.2 * random();
      if (kind === "turning") angle += (random() < 0.5 ? 1 : -1) * (0.5 + 0.5 * random()) * Math.PI;
      if (kind === "stopping") pace = pace === 0 ? 1 : 0;
    }
    if (kind === "accelerating") pace = 0.6 + 0.4 * Math.sin(2.5 * frame * stepS + speed);
    const shake = kind === "jittering" ? 0.02 * speed : 0;
    x += Math.cos(angle) * speed * pace * stepS + shake * (random() - 0.5);
    y += Math.sin(angle) * speed * pace * stepS + shake * (random() - 0.5);
    if (x < margin.x || x > WIDTH - margin.x) angle = Math.PI - angle;
    if (y < margin.y || y > HEIGHT - margin.y) angle = -angle;
    x = Math.min(Math.max(x, margin.x), WIDTH - margin.x);
    y = Math.min(Math.max(y, margin.y), HEIGHT - margin.y);
    points.push({ x, y });
  }
  return points;
}

/** A rectangle of luma, row-major without gaps. */
export interface Luma {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/**
 * Smooth noise: blobs of about `grain` px round `mean`, as far from it as `contrast`.
 */
export function texture(
  random: Random,
  { width, height, grain, mean, contrast }: {
    width: number;
    height: number;
    grain: number;
    mean: number;
    contrast: number;
  },
): Luma {
  const values = new Uint8Array(width * height);
  const layers = [grain, grain / 2.5].map((size) => {
    const columns = Math.ceil(width / size) + 2;
    const rows = Math.ceil(height / size) + 2;
    return {
      size,
      columns,
      knots: Float32Array.from({ length: columns * rows }, () => random() - 0.5),
    };
  });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = mean;
      for (const { size, columns, knots } of layers) {
        const [u, v] = [x / size, y / size];
        const [i, j] = [Math.floor(u), Math.floor(v)];
        const [a, b] = [u - i, v - j];
        const at = j * columns + i;
        const upper = knots[at]! + (knots[at + 1]! - knots[at]!) * a;
        const lower = knots[at + columns]! + (knots[at + columns + 1]! - knots[at + columns]!) * a;
        value += contrast * (upper + (lower - upper) * b);
      }
      values[y * width + x] = Math.max(0, Math.min(255, value));
    }
  }
  return { width, height, values };
}

/** Something in a scene: an ellipse of its own texture. */
export interface Thing {
  readonly skin: Luma;
  /** Centre in each frame, px at 640×480. */
  readonly points: readonly Point[];
  /** Size in each frame as a share of the skin's. */
  scaleAt(frame: number): number;
  /** Whether detectors know it; else it only hides others. */
  readonly isObject: boolean;
  /** A whole rectangle instead of an ellipse. */
  readonly isSquare?: boolean;
}

/** Rendered at half the size the figures are in: what is followed is smaller still. */
export const SHRINK = 2;

/** A scene that can be rendered frame by frame. */
export class Scene {
  readonly #background: Luma;
  readonly things: readonly Thing[];
  readonly #noise: Int8Array;
  readonly #shakeAt: (frame: number) => Point;
  readonly frame: Luma;

  constructor(
    random: Random,
    things: readonly Thing[],
    shakeAt: (frame: number) => Point = () => ({ x: 0, y: 0 }),
  ) {
    const [width, height] = [WIDTH / SHRINK, HEIGHT / SHRINK];
    this.things = things;
    this.#shakeAt = shakeAt;
    const grain = 10 + 20 * random();
    const size = { width: width + 64, height: height + 64 };
    this.#background = texture(random, { ...size, grain, mean: 110, contrast: 150 });
    // A camera's noise, grey levels: of 3 by standard deviation.
    this.#noise = Int8Array.from({ length: 65_536 }, () => {
      return 3 * (random() + random() + random() + random() - 2) * Math.sqrt(3);
    });
    this.frame = { width, height, values: new Uint8Array(width * height) };
  }

  /** Where a thing is seen in a frame, px at 640×480: with the camera's shake. */
  boxOf(thing: Thing, frame: number) {
    const { x, y } = thing.points[frame]!;
    const shake = this.#shakeAt(frame);
    const scale = thing.scaleAt(frame) * SHRINK / 2;
    const [halfWidth, halfHeight] = [thing.skin.width * scale, thing.skin.height * scale];
    const clip = (value: number, most: number) => Math.max(0, Math.min(most, value));
    return {
      xmin: clip(x + shake.x - halfWidth, WIDTH),
      ymin: clip(y + shake.y - halfHeight, HEIGHT),
      xmax: clip(x + shake.x + halfWidth, WIDTH),
      ymax: clip(y + shake.y + halfHeight, HEIGHT),
    };
  }

  /** Draws a frame into {@linkcode Scene.frame}. */
  render(frame: number, random: Random): Luma {
    const { width, height, values } = this.frame;
    const shake = this.#shakeAt(frame);
    const left = Math.max(0, Math.min(64, Math.round(32 - shake.x / SHRINK)));
    const top = Math.max(0, Math.min(64, Math.round(32 - shake.y / SHRINK)));
    for (let y = 0; y < height; y++) {
      const at = (y + top) * this.#background.width + left;
      values.set(this.#background.values.subarray(at, at + width), y * width);
    }
    for (const thing of this.things) this.#draw(thing, frame, shake);
    let at = Math.floor(random() * 65_536);
    for (let index = 0; index < values.length; index++) {
      at = (at + 1) & 0xffff;
      const value = values[index]! + this.#noise[at]!;
      values[index] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
    return this.frame;
  }

  #draw({ skin, points, scaleAt, isSquare = false }: Thing, frame: number, shake: Point): void {
    const { width, height, values } = this.frame;
    const scale = scaleAt(frame);
    const [cx, cy] = [(points[frame]!.x + shake.x) / SHRINK, (points[frame]!.y + shake.y) / SHRINK];
    const [halfWidth, halfHeight] = [skin.width * scale / 2, skin.height * scale / 2];
    const last = (value: number, most: number) => Math.min(most - 1, Math.floor(value));
    for (let y = Math.max(0, Math.ceil(cy - halfHeight)); y <= last(cy + halfHeight, height); y++) {
      for (let x = Math.max(0, Math.ceil(cx - halfWidth)); x <= last(cx + halfWidth, width); x++) {
        const [u, v] = [(x - cx) / halfWidth, (y - cy) / halfHeight];
        if (!isSquare && u * u + v * v > 1) continue;
        const sx = (u + 1) / 2 * (skin.width - 1);
        const sy = (v + 1) / 2 * (skin.height - 1);
        const [i, j] = [
          Math.min(Math.floor(sx), skin.width - 2),
          Math.min(Math.floor(sy), skin.height - 2),
        ];
        const [a, b] = [sx - i, sy - j];
        const at = j * skin.width + i;
        const upper = skin.values[at]! * (1 - a) + skin.values[at + 1]! * a;
        const lower = skin.values[at + skin.width]! * (1 - a) +
          skin.values[at + skin.width + 1]! * a;
        values[y * width + x] = upper * (1 - b) + lower * b;
      }
    }
  }
}

/** Scenes of the study. */
export const SCENES = [
  ...PATHS,
  "crossing",
  "bar",
  "flat",
  "border",
  "growing",
  "shake",
  "crowd",
] as const;
export type SceneKind = typeof SCENES[number];

/** Makes a scene of `count` frames, `stepS` apart. */
export function makeScene(kind: SceneKind, random: Random, count: number, stepS: number): Scene {
  const skinOf = (contrast = 160) => {
    const [width, height] = [18 + Math.floor(30 * random()), 24 + Math.floor(40 * random())];
    const mean = 60 + 130 * random();
    return texture(random, { width, height, grain: 5 + 6 * random(), mean, contrast });
  };
  const thing = (pathKind: PathKind, skin: Luma, extra: Partial<Thing> = {}): Thing => {
    const margin = { x: skin.width + 2, y: skin.height + 2 };
    const points = path(pathKind, random, { count, stepS, margin });
    return { skin, points, scaleAt: () => 1, isObject: true, ...extra };
  };
  const isPath = (PATHS as readonly string[]).includes(kind);
  if (isPath) return new Scene(random, [thing(kind as PathKind, skinOf())]);
  switch (kind) {
    case "crossing": {
      // Two alike that pass through each other again and again.
      const skin = skinOf();
      const swing = (sign: number) =>
        Array.from({ length: count }, (_, frame) => ({
          x: WIDTH / 2 + sign * 220 * Math.cos(frame * stepS * 1.3),
          y: HEIGHT / 2 + sign * 8,
        }));
      return new Scene(
        random,
        [1, -1].map((sign) => thing("constant", skin, { points: swing(sign) })),
      );
    }
    case "bar": {
      const bar = texture(random, { width: 22, height: 240, grain: 8, mean: 70, contrast: 90 });
      const points = Array.from({ length: count }, () => ({ x: WIDTH / 2, y: HEIGHT / 2 }));
      const still: Thing = { skin: bar, points, scaleAt: () => 1, isObject: false, isSquare: true };
      return new Scene(random, [thing("constant", skinOf()), still]);
    }
    case "flat":
      return new Scene(random, [thing("turning", skinOf(6))]);
    case "border": {
      const skin = skinOf();
      const points = Array.from({ length: count }, (_, frame) => ({
        x: WIDTH / 2 + (WIDTH / 2 + 10) * Math.sin(frame * stepS * 0.9 + 1),
        y: HEIGHT / 2,
      }));
      return new Scene(random, [thing("constant", skin, { points })]);
    }
    case "growing": {
      const skin = skinOf();
      const scaleAt = (frame: number) => 1 + 0.6 * Math.sin(frame * stepS * 1.5);
      return new Scene(random, [thing("stopping", skin, { scaleAt })]);
    }
    case "shake":
      return new Scene(
        random,
        [thing("turning", skinOf()), thing("stopping", skinOf())],
        (frame) => ({
          x: 14 * Math.sin(frame * 0.9) + 8 * Math.sin(frame * 2.1),
          y: 10 * Math.sin(frame * 0.7 + 1),
        }),
      );
    case "crowd": {
      const skin = skinOf();
      return new Scene(random, Array.from({ length: 8 }, () => thing("turning", skin)));
    }
    default:
      throw new TypeError(`No such scene: ${kind}`);
  }
}
