/** What a test file says of itself at its head. */
export interface Marks {
  /** `// @all`, and why: runs with `--all` only. */
  readonly isForAll: boolean;
  /** `// @alone`, and why: nothing else runs meanwhile. */
  readonly isAlone: boolean;
  /** `// @network`, and why: the machine's own network is not seen there, and not disturbed. */
  readonly hasOwnNetwork: boolean;
  /** "Takes about 40 s": how long it takes, to begin with what is longest. `null`: it does not say. */
  readonly seconds: number | null;
}

/** Reads the marks of a test file, which stand before its first import. */
export function marksOf(text: string): Marks {
  const head = text.split(/^import /m, 1)[0]!;
  const seconds = /\bTakes about (\d+) s\b/.exec(head)?.[1];
  return {
    isForAll: /^\/\/ @all: \S/m.test(head),
    isAlone: /^\/\/ @alone: \S/m.test(head),
    hasOwnNetwork: /^\/\/ @network: \S/m.test(head),
    seconds: seconds === undefined ? null : Number(seconds),
  };
}

/** A test file, by its path relative to the root, and what it says of itself. */
export interface TestFile extends Marks {
  readonly path: string;
}
