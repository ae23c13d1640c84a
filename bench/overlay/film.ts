import { seeded } from "../faults/fault_case.ts";

// Where objects of a film are, drawn from a seed. Pure: what they look like is in `film_picture.ts`.

/** How things move in a film. */
export const FAMILIES = [
  "constant",
  "turns",
  "stops",
  "acceleration",
  "scale",
  "occlusion",
  "crossing",
  "shake",
] as const;
/** See {@linkcode FAMILIES}. */
export type Family = (typeof FAMILIES)[number];

/** What a film is made from: the same of the same. */
export interface FilmPlan {
  readonly family: Family;
  readonly seed: number;
  readonly fps: number;
}

/** An object's picture in one frame: its centre and its height, px of the frame. */
export interface Place {
  readonly xPx: number;
  readonly yPx: number;
  readonly heightPx: number;
}

/** One frame. What is earlier in `objects` is in front of what is later. */
export interface FilmFrame {
  readonly objects: readonly Place[];
  /** How far the camera's shaking moves all that is in the frame; the places have it in them. */
  readonly shakePx: Point;
}

/** A film is closed: its last frame is followed by its first, because the camera repeats it. */
export interface Film extends FilmPlan {
  readonly frames: readonly FilmFrame[];
  /** Stands in front of everything, from top to bottom; `null`: there is none. */
  readonly bar: { readonly leftPx: number; readonly widthPx: number } | null;
}

/** A point or a distance, px of the frame. */
export interface Point {
  readonly xPx: number;
  readonly yPx: number;
}

/** The size of all films: the balanced profile's. */
export const FILM_PX = { widthPx: 640, heightPx: 480 } as const;

/** Of the object's picture. In grey, and over a texture, the embedded model misses smaller ones. */
const HEIGHT_PX = 200;

/** So that one can be behind the bar as a whole, and two pass each other. */
const SMALL_HEIGHT_PX = 170;

/** Of the object's picture, as a share of its height: that of the person in `fixtures.ts`. */
export const ASPECT = 0.72;

/** Of the proof; see {@linkcode FAMILIES}. */
const SPEED = 300;

/** At twice the mean in the middle of a way: up to {@linkcode SPEED} and more. */
const MEAN_SPEED = 200;

/** Where there is something else to follow than speed. */
const SLOW_SPEED = 100;

/** A film is at least so long: some turns, or some stops. */
const MIN_S = 7;

/** Ways from one point to the next. */
const WAY_PX = { least: 150, most: 400 } as const;

const PAUSE_S = { least: 0.3, most: 1 } as const;

/** Of the object's height, up and down from its mean: from 0.7 to 1.4 times. */
const SCALE_SPAN = Math.log(1.4);

/** Whole times a film. About every four seconds. */
const SCALE_ROUNDS = 2;

/** A hand's: amplitudes are of one direction, frequencies in Hz. */
const SHAKE = [{ px: 5, hz: 1.5 }, { px: 3, hz: 4 }, { px: 1.5, hz: 7 }] as const;

/** The frame number is at the top. */
const TOP_PX = 20;
const EDGE_PX = 6;

/** Makes a film. */
export function makeFilm(plan: FilmPlan): Film {
  const random = seeded(plan.seed);
  // The first numbers of near seeds are near each other.
  for (let skip = 0; skip < 8; skip++) random();
  const still = { bar: null, shake: NO_SHAKE };
  switch (plan.family) {
    case "constant":
      return filmOf(plan, { ...still, routes: [toAndFro(random, HEIGHT_PX, SPEED)] });
    case "turns":
      return filmOf(plan, { ...still, routes: [wander(random, { speed: SPEED })] });
    case "stops":
      return filmOf(plan, {
        ...still,
        routes: [wander(random, { speed: SPEED, pauseS: PAUSE_S })],
      });
    case "acceleration":
      return filmOf(plan, {
        ...still,
        routes: [wander(random, { speed: MEAN_SPEED, isEased: true })],
      });
    case "scale":
      return filmOf(plan, {
        ...still,
        routes: [wander(random, { speed: SLOW_SPEED, isScaled: true })],
      });
    case "occlusion": {
      const widthPx = Math.round(SMALL_HEIGHT_PX * ASPECT) + 10;
      const leftPx = Math.round(between(random, 180, FILM_PX.widthPx - 180 - widthPx));
      const routes = [toAndFro(random, SMALL_HEIGHT_PX, MEAN_SPEED)];
      return filmOf(plan, { ...still, routes, bar: { leftPx, widthPx } });
    }
    case "crossing": {
      const route = toAndFro(random, SMALL_HEIGHT_PX, MEAN_SPEED);
      const offsetPx = between(random, -30, 30);
      return filmOf(plan, { ...still, routes: [route, mirrored(route, offsetPx)] });
    }
    case "shake": {
      const routes = [wander(random, { speed: SLOW_SPEED })];
      const phases = SHAKE.map(() => [random(), random()] as const);
      return filmOf(plan, { ...still, routes, shake: shakeOf(phases) });
    }
  }
}

/** Where something is at a time, s, of a route that ends where it begins. */
interface Route {
  readonly durationS: number;
  at(timeS: number): Place;
}

type Shake = (timeS: number, durationS: number) => Point;

const NO_SHAKE: Shake = () => ({ xPx: 0, yPx: 0 });

function filmOf(
  plan: FilmPlan,
  { routes, bar, shake }: { routes: readonly Route[]; bar: Film["bar"]; shake: Shake },
): Film {
  const { durationS } = routes[0]!;
  const count = Math.round(durationS * plan.fps);
  const frames = Array.from({ length: count }, (_, index) => {
    // A whole number of frames makes it a little faster or slower.
    const timeS = index / count * durationS;
    const shakePx = shake(timeS, durationS);
    const objects = routes.map((route): Place => {
      const place = route.at(timeS);
      return { ...place, xPx: place.xPx + shakePx.xPx, yPx: place.yPx + shakePx.yPx };
    });
    return { objects, shakePx };
  });
  return { ...plan, frames, bar };
}

/** From one side to the other and back at one speed, along a line that is not quite level. */
function toAndFro(random: () => number, heightPx: number, speed: number): Route {
  const area = areaFor(heightPx);
  const ends = [area.left, area.right].map((xPx): Point => ({
    xPx,
    yPx: between(random, area.top, area.bottom),
  }));
  const route = routeOf([ends[0]!, ends[1]!], { speed, heightPx });
  // It begins anywhere.
  const offsetS = random() * route.durationS;
  return { ...route, at: (timeS) => route.at((timeS + offsetS) % route.durationS) };
}

/** The same ways from right to left, a little higher or lower. */
function mirrored(route: Route, offsetPx: number): Route {
  return {
    durationS: route.durationS,
    at(timeS) {
      const { xPx, yPx, heightPx } = route.at(timeS);
      const { top, bottom } = areaFor(heightPx);
      const otherPx = Math.min(bottom, Math.max(top, yPx + offsetPx));
      return { xPx: FILM_PX.widthPx - xPx, yPx: otherPx, heightPx };
    },
  };
}

interface Wander {
  /** Px a second, the mean of a way. */
  readonly speed: number;
  /** How long it stands at each point. */
  readonly pauseS?: { readonly least: number; readonly most: number };
  /** Gets faster in the first half of a way, and slower in the second. */
  readonly isEased?: boolean;
  /** Comes nearer and goes away. */
  readonly isScaled?: boolean;
}

/** From point to point of the whole frame, with a sharp turn at each. */
function wander(random: () => number, { speed, pauseS, isEased, isScaled }: Wander): Route {
  const heightPx = isScaled ? HEIGHT_PX * Math.exp(SCALE_SPAN) : HEIGHT_PX;
  const area = areaFor(heightPx);
  const isNear = (a: Point, b: Point) =>
    distancePx(a, b) < Math.min(WAY_PX.least, widthOf(area) / 3);
  const anywhere = (): Point => ({
    xPx: between(random, area.left, area.right),
    yPx: between(random, area.top, area.bottom),
  });
  const points = [anywhere()];
  const pausesS: number[] = [];
  for (let takenS = 0; takenS < MIN_S || isNear(points.at(-1)!, points[0]!);) {
    const next = anywhere();
    const wayPx = distancePx(points.at(-1)!, next);
    if (isNear(points.at(-1)!, next) || wayPx > WAY_PX.most) continue;
    points.push(next);
    pausesS.push(pauseS ? between(random, pauseS.least, pauseS.most) : 0);
    takenS += wayPx / speed + pausesS.at(-1)!;
  }
  pausesS.push(pauseS ? between(random, pauseS.least, pauseS.most) : 0);
  const route = routeOf(points, { speed, heightPx: HEIGHT_PX, pausesS, isEased });
  if (!isScaled) return route;
  const phase = 2 * Math.PI * random();
  return {
    ...route,
    at(timeS) {
      const angle = 2 * Math.PI * SCALE_ROUNDS * timeS / route.durationS + phase;
      // Pictures are made in whole pixels.
      const heightPx = Math.round(HEIGHT_PX * Math.exp(SCALE_SPAN * Math.sin(angle)));
      return { ...route.at(timeS), heightPx };
    },
  };
}

interface RouteOptions {
  readonly speed: number;
  readonly heightPx: number;
  /** At the end of each way. */
  readonly pausesS?: readonly number[];
  readonly isEased?: boolean | undefined;
}

/** From each point to the next, and from the last to the first. */
function routeOf(
  points: readonly Point[],
  { speed, heightPx, pausesS = [], isEased = false }: RouteOptions,
): Route {
  let durationS = 0;
  const ways = points.map((from, index) => {
    const to = points[(index + 1) % points.length]!;
    const startS = durationS;
    const movingS = distancePx(from, to) / speed;
    durationS += movingS + (pausesS[index] ?? 0);
    return { from, to, startS, movingS };
  });
  return {
    durationS,
    at(timeS) {
      const { from, to, startS, movingS } = ways.findLast((way) => way.startS <= timeS) ?? ways[0]!;
      const done = Math.min(1, (timeS - startS) / movingS);
      const share = isEased ? done - Math.sin(2 * Math.PI * done) / (2 * Math.PI) : done;
      const along = (a: number, b: number) => a + (b - a) * share;
      return { xPx: along(from.xPx, to.xPx), yPx: along(from.yPx, to.yPx), heightPx };
    },
  };
}

function shakeOf(phases: readonly (readonly [number, number])[]): Shake {
  return (timeS, durationS) => {
    const sum = (axis: 0 | 1) =>
      SHAKE.reduce((total, { px, hz }, at) => {
        const rounds = Math.round(hz * durationS) + axis;
        return total +
          px * Math.sin(2 * Math.PI * (rounds * timeS / durationS + phases[at]![axis]));
      }, 0);
    return { xPx: sum(0), yPx: sum(1) };
  };
}

/** Where an object's centre may be, so that all of it stays in the frame. */
function areaFor(heightPx: number) {
  const shakePx = SHAKE.reduce((sum, { px }) => sum + px, 0);
  const beside = heightPx * ASPECT / 2 + EDGE_PX + shakePx;
  const above = heightPx / 2 + shakePx;
  return {
    left: beside,
    right: FILM_PX.widthPx - beside,
    top: TOP_PX + above,
    bottom: FILM_PX.heightPx - EDGE_PX - above,
  };
}

function widthOf({ left, right }: { left: number; right: number }): number {
  return right - left;
}

function distancePx(a: Point, b: Point): number {
  return Math.hypot(a.xPx - b.xPx, a.yPx - b.yPx);
}

function between(random: () => number, least: number, most: number): number {
  return least + (most - least) * random();
}
