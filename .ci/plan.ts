import { E2E } from "./sources.ts";
import type { TestFile } from "./marks.ts";

/** Which tests are wanted. */
export interface Wanted {
  /** Also files that are marked `@all`. */
  readonly all: boolean;
  /** Files and folders relative to the root, of which no mark leaves any out; empty: every file. */
  readonly paths: readonly string[];
  /** A part of the names of tests, or `/an expression/`; looked for in files with every mark. */
  readonly filter?: string | undefined;
}

/** Files that one `deno test` runs one after another. */
export interface Job extends Pick<TestFile, "isAlone" | "hasOwnNetwork"> {
  readonly files: readonly string[];
}

/** Which of the files are wanted. @throws {TypeError} If a path names none of them. */
export function select(files: readonly TestFile[], wanted: Wanted): TestFile[] {
  const isUnder = (file: string, path: string) => file === path || file.startsWith(`${path}/`);
  const paths = wanted.paths.map((path) => path.replace(/^\.\//, "").replace(/\/$/, ""));
  for (const path of paths) {
    if (!files.some((file) => isUnder(file.path, path))) {
      throw new TypeError(`Cannot find tests in ${path}: a path is relative to the repository`);
    }
  }
  if (paths.length > 0) {
    return files.filter((file) => paths.some((path) => isUnder(file.path, path)));
  }
  const hasAll = wanted.all || wanted.filter !== undefined;
  return files.filter(({ isForAll }) => hasAll || !isForAll);
}

/** Whether a file's tests drive the built app. */
export function isBrowserTest(path: string): boolean {
  return path.startsWith(E2E);
}

/** To start a process for each unit test's file would take longer than most of them run. */
const UNIT_FILES_PER_JOB = 12;

/** Of a browser's file that does not say: so many do not that it is the usual time. */
const USUAL_S = 20;

/**
 * Groups files to jobs: a browser's file is one of its own, and so is a unit test's that says how long
 * it takes; the longest first, those alone last.
 */
export function jobsOf(files: readonly TestFile[]): Job[] {
  const isApart = ({ path, seconds }: TestFile) => isBrowserTest(path) || seconds !== null;
  const apart = files.filter(isApart)
    .toSorted((a, b) => (b.seconds ?? USUAL_S) - (a.seconds ?? USUAL_S));
  const together = files.filter((file) => !isApart(file));
  const jobs: Job[] = [];
  for (const isAlone of [false, true]) {
    for (const file of apart) {
      const { path, hasOwnNetwork } = file;
      if (file.isAlone === isAlone) jobs.push({ files: [path], isAlone, hasOwnNetwork });
    }
    const some = together.filter((file) => file.isAlone === isAlone).map(({ path }) => path);
    for (let at = 0; at < some.length; at += UNIT_FILES_PER_JOB) {
      const files = some.slice(at, at + UNIT_FILES_PER_JOB);
      jobs.push({ files, isAlone, hasOwnNetwork: false });
    }
  }
  return jobs;
}
