import { findChromium } from "../bench/chromium.ts";
import { print, run } from "./process.ts";

/**
 * Makes sure that there is a Chromium for the browser tests: installs Debian's package when none is
 * found and this is root on Debian. Resolves to what is missing, or to `undefined` when all is well.
 */
export async function ensureChromium(): Promise<string | undefined> {
  if (findChromium()) return undefined;
  const hint = "install Chromium or Chrome, or name one in PEERLENS_CHROMIUM";
  if (!isDebian()) return `no Chromium found: ${hint}`;
  if (Deno.uid() !== 0) return "no Chromium found: run 'sudo apt-get install chromium'";
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (
    const command of [["apt-get", "update"], [
      "apt-get",
      "install",
      "-y",
      "--no-install-recommends",
      "chromium",
      // Without a font the pages' text would be empty boxes in every screenshot.
      "fonts-dejavu-core",
    ]]
  ) {
    print(`no Chromium found: running '${command.join(" ")}'\n`);
    const { code, text } = await run(command, { env, output: "keep" });
    if (code !== 0) {
      return `no Chromium found, and '${command.join(" ")}' failed:\n${text.slice(-2000)}`;
    }
  }
  return findChromium() ? undefined : `Debian's chromium package brought no Chromium: ${hint}`;
}

/** Ubuntu is left out: its `chromium` package is a stand-in for a snap. */
function isDebian(): boolean {
  try {
    return /^ID="?debian"?$/m.test(Deno.readTextFileSync("/etc/os-release"));
  } catch {
    return false;
  }
}
