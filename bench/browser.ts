import { type Browser, type BrowserContext, chromium, devices, type Page } from "playwright-core";
import { needChromium } from "./chromium.ts";
import { freePort } from "./free_port.ts";

/** How a browser's profile is opened. */
export interface ProfileOptions {
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Nobody has been here: the viewer's settings are shut. Else somebody has opened them before. */
  readonly isFirstVisit?: boolean;
  /** Run in each page before anything else, in order. */
  readonly initScript?: InitScript | readonly InitScript[];
  /** Put before the scripts of Workers whose file is named so. */
  readonly workerScript?: { readonly files: RegExp; readonly content: string };
}

/** How a browser is started. */
export interface LaunchOptions {
  /** `phone`: touch, 390×844, and a camera. `viewer`: a laptop's window of 1280×720. */
  readonly role: "phone" | "viewer";
  /** A .y4m or .mjpeg file to play as the camera, over and over; else Chromium's own test picture. */
  readonly clip?: string;
  /** Leads names to other addresses, in Chromium's words: `MAP *.a.example 127.0.0.1:8443`. */
  readonly hostRules?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What goes before the browser's command, such as what puts it into a network namespace. */
  readonly within?: readonly string[];
  /**
   * Composes pages as a GPU does, by SwiftShader, which takes a core. Without, Chromium draws a
   * `VideoFrame` in a Worker only when the page's own thread has a moment for it.
   */
  readonly hasGpu?: boolean;
  /**
   * Compiles WASM well only where that pays soon: a page that runs a model begins with a third less CPU.
   * For tests that judge no times.
   */
  readonly compilesLess?: boolean;
  /**
   * Its one profile is Chromium's own, whose pages another tab in front of them really hides. Else
   * Playwright tells every page that it is seen.
   */
  readonly hasTabs?: boolean;
  /** Ctrl+C is left to whoever opens it; else Playwright closes it and ends this process. */
  readonly keepsOnInterrupt?: boolean;
}

/** How a browser with one profile is opened. */
export interface BrowserOptions extends LaunchOptions, ProfileOptions {}

/** A function that stands alone, or the text of a script. */
export type InitScript = (() => void) | { readonly content: string };

/** A script that calls a function that stands alone with what it needs, as JSON. */
export function scriptOf<T>(run: (argument: T) => void, argument: T): { content: string } {
  return { content: `(${run})(${JSON.stringify(argument)});` };
}

/** A browser without a window so far. */
export interface BrowserProcess extends AsyncDisposable {
  /** Opens a profile that knows nothing of the others, with one empty page. */
  open(options?: ProfileOptions): Promise<RigBrowser>;
}

/** A profile of its own in a browser, as a person would have it open. */
export interface RigBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Hosts, with their ports, that its pages asked for anything. */
  readonly hosts: ReadonlySet<string>;
  /** What its pages threw and nobody caught. */
  readonly errors: readonly string[];
}

const GPU_ARGS = [
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];

/** Of V8's budget after which a function is compiled well; 13 million as a person has it. */
const LESS_COMPILING_ARGS = ["--js-flags=--wasm-tiering-budget=300000000"];

/** Playwright's own, by which pages that nobody sees work on as if they were seen. */
const UNTHROTTLED_ARGS = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const COMMON_ARGS = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Lets two browsers on a machine without any network find each other.
  "--allow-loopback-in-peer-connection",
];

/** For every Chromium of the tests: there is no GPU to speak of, and looking for one takes seconds. */
export const CHROMIUM_ARGS = ["--disable-gpu", ...COMMON_ARGS];

/** A camera that asks nobody, and shows a pattern unless told otherwise. */
export const CAMERA_ARGS = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

/**
 * For tests that drive browsers. Playwright keeps sockets and timers of its own until the process
 * ends, so the leak checks are off; that browsers and server end is the rig's business.
 */
export const BROWSER = { sanitizeOps: false, sanitizeResources: false } as const;

/** How long a page may take for any one thing; a loaded two-core machine needs its time. */
export const PATIENCE_MS = 30_000;

/** Opens a Chromium with one empty page; it ends with it. @throws {Error} As {@linkcode launchBrowser}. */
export async function openBrowser(options: BrowserOptions): Promise<RigBrowser> {
  await using stack = new AsyncDisposableStack();
  const process = stack.use(await launchBrowser(options));
  const profile = stack.use(await process.open(options));
  const all = stack.move();
  return { ...profile, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts a Chromium. @throws {Error} If there is none, or it does not start. */
export async function launchBrowser(options: LaunchOptions): Promise<BrowserProcess> {
  const executablePath = needChromium();
  const isPhone = options.role === "phone";
  const args = options.hasGpu ? [...GPU_ARGS, ...COMMON_ARGS] : [...CHROMIUM_ARGS];
  // Chromium's own sandbox refuses to run as root, as containers and CI do.
  if (Deno.build.os !== "windows" && Deno.uid() === 0) args.push("--no-sandbox");
  if (isPhone || options.clip) args.push(...CAMERA_ARGS);
  if (options.clip) args.push(`--use-file-for-fake-video-capture=${options.clip}`);
  if (options.compilesLess) args.push(...LESS_COMPILING_ARGS);
  if (options.hostRules) args.push(`--host-resolver-rules=${options.hostRules}`);

  await using stack = new AsyncDisposableStack();
  const command = options.within
    ? stack.use(await wrapCommand([...options.within, executablePath])).path
    : executablePath;
  const env = { ...Deno.env.toObject(), ...options.env };
  const handlesSignals = !options.keepsOnInterrupt;
  const port = options.hasTabs ? freePort() : null;
  if (port !== null) {
    const { width, height } = VIEWER_VIEWPORT;
    args.push(`--remote-debugging-port=${port}`, `--window-size=${width},${height}`);
  }
  const browser = await chromium.launch({
    executablePath: command,
    args,
    // A tab in the background is to have no more than it has on a person's computer.
    ignoreDefaultArgs: port === null ? [] : UNTHROTTLED_ARGS,
    env,
    handleSIGINT: handlesSignals,
    handleSIGTERM: handlesSignals,
  });
  stack.defer(() => browser.close());
  const newContext = port === null ? browser.newContext.bind(browser) : async () => {
    const plain = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
    return plain.contexts()[0]!;
  };
  const all = stack.move();
  return {
    open: (profile = {}) => openProfile(newContext, { ...profile, isPhone }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function openProfile(
  newContext: Browser["newContext"],
  { isPhone, ...options }: ProfileOptions & { readonly isPhone: boolean },
): Promise<RigBrowser> {
  await using stack = new AsyncDisposableStack();
  const context = await newContext({
    ...(isPhone ? PHONE : {}),
    viewport: options.viewport ?? (isPhone ? PHONE_VIEWPORT : VIEWER_VIEWPORT),
    colorScheme: options.colorScheme ?? "light",
    // The certificate is the server's own, as on a person's LAN.
    ignoreHTTPSErrors: true,
  });
  stack.defer(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  if (!isPhone && !options.isFirstVisit) await context.addInitScript(openSettings);
  for (const script of [options.initScript ?? []].flat()) await context.addInitScript(script);
  const { workerScript } = options;
  if (workerScript) {
    await context.route(workerScript.files, async (route) => {
      const response = await route.fetch();
      const body = `${workerScript.content}\n${await response.text()}`;
      await route.fulfill({ response, body });
    });
  }
  const hosts = new Set<string>();
  const errors: string[] = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== "") hosts.add(url.host);
  });
  context.on("weberror", (error) => errors.push(error.error().message));
  const page = await context.newPage();
  const all = stack.move();
  return { context, page, hosts, errors, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Runs in a page: the viewer remembers that its settings were open, until somebody shuts them. */
function openSettings(): void {
  const key = "peerlens.viewer.settings";
  try {
    if (localStorage.getItem(key) === null) localStorage.setItem(key, "on");
  } catch {
    // A page without an origin has no storage.
  }
}

/** A file that runs a command with further arguments: Playwright takes nothing but a path. */
async function wrapCommand(command: readonly string[]) {
  const path = await Deno.makeTempFile({ prefix: "peerlens-browser-", suffix: ".sh" });
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  await Deno.writeTextFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  await Deno.chmod(path, 0o700);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

/** Sizes at which people use the pages; also those of the screenshots. */
export const VIEWER_VIEWPORT = { width: 1280, height: 720 } as const;
export const PHONE_VIEWPORT = { width: 390, height: 844 } as const;

/** A phone's screen, fingers and name. */
const PHONE = devices["Pixel 7"] ?? {};

/** Processes in which a browser's pages and their Workers run. */
export async function renderersOf({ context }: RigBrowser): Promise<number[]> {
  const cdp = await context.browser()!.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}
