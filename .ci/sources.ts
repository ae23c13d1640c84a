import { marksOf, type TestFile } from "./marks.ts";
import { ROOT } from "./process.ts";

/** Folders with TypeScript of ours; a folder that does not exist yet has none. */
export const SOURCE_FOLDERS = ["server", "client", "crates", "models", "bench", ".ci"] as const;

// Installed, generated or built: not ours to check.
const NOT_OURS = new Set(["node_modules", "target", "pkg", "dist", "results", "__pycache__"]);

/** Every TypeScript file of ours as a path relative to the root, sorted. */
export function sourceFiles(): string[] {
  const files: string[] = [];
  for (const folder of SOURCE_FOLDERS) walk(folder, files);
  return files.sort();
}

function walk(folder: string, files: string[]): void {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(`${ROOT}/${folder}`)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      if (!NOT_OURS.has(name)) walk(path, files);
    } else if (/\.tsx?$/.test(name)) {
      files.push(path);
    }
  }
}

/** Whether a file is a test, or only helps tests. */
export function isTestFile(path: string): boolean {
  return /_test\.tsx?$|\/testing\//.test(path);
}

/** Where the browser tests are. */
export const E2E = "bench/e2e/";

/** All files with tests, and the marks at their heads. */
export function testFiles(): TestFile[] {
  return sourceFiles().filter((path) => /_test\.tsx?$/.test(path))
    .map((path) => ({ path, ...marksOf(Deno.readTextFileSync(`${ROOT}/${path}`)) }));
}
