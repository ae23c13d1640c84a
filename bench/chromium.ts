/** Names under which Debian, Ubuntu, Fedora and Google ship it, the plainest first. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const MAC_PATHS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The path of a Chromium or Chrome: `PEERLENS_CHROMIUM` when set, else the first on PATH.
 * `undefined` when there is none.
 * @throws {Error} If `PEERLENS_CHROMIUM` names no file.
 */
export function findChromium(): string | undefined {
  const chosen = Deno.env.get("PEERLENS_CHROMIUM");
  if (chosen) {
    if (!isFile(chosen)) throw new Error(`Cannot find PEERLENS_CHROMIUM: ${chosen}`);
    return chosen;
  }
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const candidates = NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
  return [...candidates, ...MAC_PATHS].find(isFile);
}

/** The same. @throws {Error} If there is none. */
export function needChromium(): string {
  const path = findChromium();
  if (path !== undefined) return path;
  throw new Error("Cannot find Chromium: install it, or name one in PEERLENS_CHROMIUM");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
