import type { RigServer } from "./server.ts";

/** Process ids of the camera processes that a server has started so far, oldest first. */
export function cameraPids(server: RigServer): number[] {
  const lines = server.output().matchAll(/"event":"cameras started","pid":(\d+)/g);
  return [...lines].map(([, pid]) => Number(pid));
}

/**
 * Process ids of a camera process's ffmpegs (Linux) whose command line holds a word: `yuv4mpegpipe` reads,
 * `flv` encodes.
 */
export function ffmpegsOf(cameraPid: number, word: string): number[] {
  const tasks = `/proc/${cameraPid}/task`;
  // Started by whichever of the process's threads it was.
  const children = namesIn(tasks).flatMap((task) => wordsOf(`${tasks}/${task}/children`, " "));
  return children.filter((pid) => wordsOf(`/proc/${pid}/cmdline`, "\0").includes(word)).map(Number);
}

// What has ended meanwhile has nothing.

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function wordsOf(file: string, separator: string): string[] {
  try {
    return Deno.readTextFileSync(file).split(separator).filter((word) => word !== "");
  } catch {
    return [];
  }
}
