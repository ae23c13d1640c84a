import { findChromium } from "../bench/chromium.ts";
import { print, run } from "./process.ts";

/** A Debian package that tests need, and whether what they need of it is there. */
interface Need {
  readonly packages: readonly string[];
  isThere(): boolean;
}

const CHROMIUM: Need = {
  // Without a font the pages' text would be empty boxes in every screenshot.
  packages: ["chromium", "fonts-dejavu-core"],
  isThere: () => findChromium() !== undefined,
};

/**
 * Where nodes of a Peerlens on several machines meet; what reads and encodes cameras of the server, and brings
 * the libavcodec with which Firefox shows them.
 */
const OF_UNITS: readonly Need[] = [
  { packages: ["nats-server"], isThere: () => isOnPath("nats-server") },
  { packages: ["ffmpeg"], isThere: () => isOnPath("ffmpeg") },
];

/** For proofs of their own: other browsers, wrong clocks, bad networks, a relay, a video. */
const OTHERS: readonly Need[] = [
  { packages: ["firefox-esr"], isThere: () => isOnPath("firefox-esr") || isOnPath("firefox") },
  {
    packages: ["webkit2gtk-driver", "xvfb"],
    isThere: () => ["WebKitWebDriver", "Xvfb"].every(isOnPath),
  },
  { packages: ["libfaketime"], isThere: hasFaketime },
  {
    packages: ["iptables", "iproute2", "socat"],
    isThere: () => ["iptables", "ip", "socat"].every(isOnPath),
  },
  { packages: ["coturn"], isThere: () => isOnPath("turnserver") },
  ...OF_UNITS,
];

/** The same as {@linkcode ensurePrograms} for the tests without a browser; a missing one is theirs to name. */
export async function ensureUnitPrograms(): Promise<void> {
  await installMissing(OF_UNITS);
}

/**
 * Makes sure that the programs of the browser tests are there: installs Debian's packages of those
 * that are missing if this is root on Debian. Resolves to what is missing that no browser test can
 * do without, or to `undefined` when all is well; a test that needs another one says so itself.
 */
export async function ensurePrograms(): Promise<string | undefined> {
  await installMissing([CHROMIUM, ...OTHERS]);
  if (CHROMIUM.isThere()) return undefined;
  return isDebian() && Deno.uid() !== 0
    ? "no Chromium found: run 'sudo apt-get install chromium'"
    : "no Chromium found: install Chromium or Chrome, or name one in PEERLENS_CHROMIUM";
}

async function installMissing(needs: readonly Need[]): Promise<void> {
  const missing = needs.filter((need) => !need.isThere());
  if (missing.length === 0 || !isDebian() || Deno.uid() !== 0) return;
  const problem = await install(missing.flatMap(({ packages }) => packages));
  if (problem !== undefined) print(`${problem}\n`);
}

async function install(packages: readonly string[]): Promise<string | undefined> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const commands = [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...packages],
  ];
  for (const command of commands) {
    print(`programs of the tests are missing: running '${command.join(" ")}'\n`);
    const { code, text } = await run(command, { env, output: "keep" });
    if (code !== 0) return `'${command.join(" ")}' failed:\n${text.slice(-2000)}`;
  }
  return undefined;
}

/** Ubuntu is left out: its `chromium` package is a stand-in for a snap. */
function isDebian(): boolean {
  try {
    return /^ID="?debian"?$/m.test(Deno.readTextFileSync("/etc/os-release"));
  } catch {
    return false;
  }
}

function isOnPath(name: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  // Where Debian keeps what only root uses, whatever the PATH is.
  return [...folders, "/usr/sbin"].some((folder) => exists(`${folder}/${name}`));
}

function hasFaketime(): boolean {
  try {
    return [...Deno.readDirSync("/usr/lib")].some(({ name }) =>
      exists(`/usr/lib/${name}/faketime`)
    );
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
