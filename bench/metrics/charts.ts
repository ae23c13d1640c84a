// Charts as SVG, by hand: a page that stands alone needs no library. Pure.

/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One bar, its parts on top of each other. */
export interface Stack {
  readonly name: string;
  readonly parts: readonly { readonly name: string; readonly value: number }[];
}

/** What a chart says of itself. */
export interface ChartWords {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

/** Told apart by most people with another sense of colour (Okabe, Ito 2008). */
const COLOURS = [
  ...["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666"],
  // Beyond theirs, for the many stages of a frame.
  ...["#8c564b", "#6a3d9a", "#b2a300"],
];

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 60;
const BOTTOM = 40;
const TOP = 10;
const RIGHT = 15;
const BAR_HEIGHT = 26;

/** More points than pixels are for nobody. */
const MAX_POINTS = 600;

/** Text as it may stand in a page. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** Some round numbers from 0 to at least `max`. */
export function ticks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)));
}

/** Lines over a common axis from 0. */
export function lineChart(words: ChartWords, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points);
  const xTicks = ticks(largest(points.map(([x]) => x)));
  const yTicks = ticks(largest(points.map(([, y]) => y)));
  const xMax = xTicks.at(-1)!;
  const yMax = yTicks.at(-1)!;
  const x = (value: number) => round(LEFT + value / xMax * (WIDTH - LEFT - RIGHT));
  const y = (value: number) => round(HEIGHT - BOTTOM - value / yMax * (HEIGHT - BOTTOM - TOP));
  const grid = [
    ...xTicks.map((tick) =>
      `<line x1="${x(tick)}" y1="${TOP}" x2="${x(tick)}" y2="${HEIGHT - BOTTOM}"/>` +
      `<text x="${x(tick)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${tick}</text>`
    ),
    ...yTicks.map((tick) =>
      `<line x1="${LEFT}" y1="${y(tick)}" x2="${WIDTH - RIGHT}" y2="${y(tick)}"/>` +
      `<text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`
    ),
  ];
  const lines = series.map(({ points }, at) => {
    const path = thinned(points).map(([px, py]) => `${x(px)},${y(py)}`).join(" ");
    return `<polyline points="${path}" stroke="${colourOf(at)}"/>`;
  });
  const names = [
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${
      escaped(words.x)
    }</text>`,
    `<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${
      escaped(words.y)
    }</text>`,
  ];
  return figure(words.title, HEIGHT, [...grid, ...lines, ...names], series.map(({ name }) => name));
}

/** Bars from left to right, one a name, all on one scale. */
export function stackChart(
  words: Pick<ChartWords, "title" | "x">,
  stacks: readonly Stack[],
): string {
  const names = [...new Set(stacks.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const sums = stacks.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const xTicks = ticks(largest(sums));
  const left = 2 * LEFT;
  const x = (value: number) => round(left + value / xTicks.at(-1)! * (WIDTH - left - RIGHT));
  const height = TOP + stacks.length * (BAR_HEIGHT + 8) + BOTTOM;
  const grid = xTicks.map((tick) =>
    `<line x1="${x(tick)}" y1="${TOP}" x2="${x(tick)}" y2="${height - BOTTOM}"/>` +
    `<text x="${x(tick)}" y="${height - BOTTOM + 16}" text-anchor="middle">${tick}</text>`
  );
  const bars = stacks.flatMap(({ name, parts }, row) => {
    const top = TOP + row * (BAR_HEIGHT + 8);
    let from = 0;
    const boxes = parts.map((part) => {
      const start = from;
      from += part.value;
      const width = round(x(from) - x(start));
      return `<rect x="${x(start)}" y="${top}" width="${width}" height="${BAR_HEIGHT}" fill="${
        colourOf(names.indexOf(part.name))
      }"><title>${escaped(part.name)} ${part.value.toFixed(2)}</title></rect>`;
    });
    const label = `<text x="${left - 6}" y="${top + 18}" text-anchor="end">${escaped(name)}</text>`;
    return [label, ...boxes];
  });
  const axis = `<text x="${(left + WIDTH) / 2}" y="${height - 6}" text-anchor="middle">${
    escaped(words.x)
  }</text>`;
  return figure(words.title, height, [...grid, ...bars, axis], names);
}

function figure(
  title: string,
  height: number,
  content: readonly string[],
  names: readonly string[],
): string {
  const legend = names.map((name, at) =>
    `<li><span style="background:${colourOf(at)}"></span>${escaped(name)}</li>`
  );
  return `<figure><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
${content.join("\n")}
</svg>
<ul>${legend.join("")}</ul></figure>`;
}

function colourOf(at: number): string {
  return COLOURS[at % COLOURS.length]!;
}

function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MAX_POINTS) return points;
  const step = (points.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, at) => points[Math.round(at * step)]!);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
