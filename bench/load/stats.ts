import { spreadOf } from "../../client/base/quantiles.ts";

// What load figures are made of. Pure.

/** Middle and tail of some samples. */
export interface Summary {
  readonly median: number;
  readonly p95: number;
  readonly count: number;
}

/** `null` where nothing was measured. */
export function summarise(values: readonly number[]): Summary | null {
  const { median, p95 } = spreadOf(values);
  return median === null || p95 === null ? null : { median, p95, count: values.length };
}

/**
 * Jain's fairness index: 1 when all have the same share, 1/n when one has everything; `null` when
 * nobody has anything.
 * Source: Jain, Chiu, Hawe, DEC-TR-301 (1984).
 */
export function jain(shares: readonly number[]): number | null {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? null : sum * sum / (shares.length * squares);
}

/** One round in which the app and the runtime alone were measured. Rates a second. */
export interface Round {
  readonly app: number;
  readonly alone: number;
  /** What everybody else took of the CPUs during either; `null`: not known. */
  readonly othersPercent: readonly (number | null)[];
}

/** Beyond it a round says more about the others than about the app. */
export const QUIET_PERCENT = 5;

/**
 * The app's rate as a share of the rate alone, for rounds without much company. The others do not
 * hit both alike: the app's many threads hold their own better than the one of the runtime alone.
 */
export function quietRatios(rounds: readonly Round[]): number[] {
  return rounds
    .filter(({ othersPercent }) => othersPercent.every((each) => (each ?? 0) <= QUIET_PERCENT))
    .map(({ app, alone }) => app / alone);
}

/** At most `count` of the items, evenly spread over them, in their order. */
export function thin<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, at) => items[Math.floor(at * items.length / count)]!);
}

/** A list of CPUs as Linux writes it, such as `0-2,5`. @throws {TypeError} If it is none. */
export function parseCpuList(text: string): number[] {
  return text.trim().split(",").flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) throw new TypeError(`Cannot read list of CPUs: ${text}`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** The CPUs of the app and those of the generators, a quarter but at least one; `null`: only one. */
export function splitCpus(cpus: readonly number[]): { app: number[]; generators: number[] } | null {
  if (cpus.length < 2) return null;
  const at = cpus.length - Math.max(1, Math.floor(cpus.length / 4));
  return { app: cpus.slice(0, at), generators: cpus.slice(at) };
}
