/** What a test file says of itself at its head. */
export interface Marks {
  /** `// @all`, and why: runs with `--all` only. */
  readonly isForAll: boolean;
  /** `// @alone`, and why: nothing else runs meanwhile. */
  readonly isAlone: boolean;
  /** `// @network`, and why: the machine's own network is not seen there, and not disturbed. */
  readonly hasOwnNetwork: boolean;
  /** "Takes about 40 s": how long it takes, to begin with what is longest. */
  readonly seconds: number;
}

/** Of a file that does not say: so many do not that it is the usual time. */
const USUAL_S = 20;

/** Reads the marks of a test file, which stand before its first import. */
export function marksOf(text: string): Marks {
  const head = text.split(/^import /m, 1)[0]!;
  return {
    isForAll: /^\/\/ @all: \S/m.test(head),
    isAlone: /^\/\/ @alone: \S/m.test(head),
    hasOwnNetwork: /^\/\/ @network: \S/m.test(head),
    seconds: Number(/\bTakes about (\d+) s\b/.exec(head)?.[1] ?? USUAL_S),
  };
}

/** A test file, by its path relative to the root, and what it says of itself. */
export interface TestFile extends Marks {
  readonly path: string;
}
