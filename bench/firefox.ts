import puppeteer, { type Page } from "puppeteer-core";

/** A Firefox with one page. */
export interface Firefox extends AsyncDisposable {
  readonly page: Page;
}

/** How it is opened. */
export interface FirefoxOptions {
  readonly viewport: { readonly width: number; readonly height: number };
  /** Of `about:config`, beside those that tests need. */
  readonly preferences?: Readonly<Record<string, boolean | number>>;
  /** Runs in its pages before anything else. */
  readonly initScript?: { readonly content: string };
}

const NAMES = ["firefox-esr", "firefox"];

/** How long it may take to start on a busy machine. */
const START_MS = 60_000;

/**
 * A screenshot holds the page up until the Worker that draws gives its picture, and the Worker may be waiting
 * for the page: after so long it is taken without that picture. Firefox has 10 s, as long as a test.
 */
export const SNAPSHOT_MS = 1_000;

/** For WebRTC between two browsers of a machine without any network. */
const PREFERENCES = {
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.autoplay.default": 0,
  // A camera that asks nobody; its picture is Firefox's own.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "gfx.offscreencanvas.snapshot-timeout-ms": SNAPSHOT_MS,
};

/**
 * Opens a Firefox with a new profile, by Puppeteer: Playwright drives only a Firefox of its own make.
 * @throws {Error} If there is none, or it does not start.
 */
export async function openFirefox(
  { viewport, preferences = {}, initScript }: FirefoxOptions,
): Promise<Firefox> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: findFirefox(),
    extraPrefsFirefox: { ...PREFERENCES, ...preferences },
    defaultViewport: viewport,
    // The certificate is the server's own, as on a person's LAN.
    acceptInsecureCerts: true,
    timeout: START_MS,
  });
  const page = await browser.newPage();
  if (initScript !== undefined) await page.evaluateOnNewDocument(initScript.content);
  return { page, [Symbol.asyncDispose]: () => browser.close() };
}

function findFirefox(): string {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const path = NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`))
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
  if (path === undefined) throw new Error(`Cannot find Firefox: install ${NAMES[0]}`);
  return path;
}
