import { freePort } from "./free_port.ts";
import { until } from "./until.ts";

/** A WebKitGTK with one page, in a screen of its own. */
export interface WebKit extends AsyncDisposable {
  /** Opens a page, with a script that runs before anything of it. */
  goto(url: string, before?: (() => void) | { readonly content: string }): Promise<void>;
  /** Runs a function that stands alone in the page. What it is given, and gives, has to be JSON. */
  evaluate<T, A>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  /** Presses the first button whose text is this, as soon as there is one. */
  press(name: string): Promise<void>;
  /** Waits until the page's text matches. @throws {Error} With that text, if it takes too long. */
  see(words: RegExp): Promise<void>;
  /** What is on the screen, as PNG. */
  screenshot(): Promise<Uint8Array>;
}

/** How it is opened. */
export interface WebKitOptions {
  /** Whether its Workers can read tracks, as those of Safari can. @default {false} */
  readonly hasTrackProcessor?: boolean;
}

const SCREEN = { width: 1280, height: 900 } as const;

/** How long one thing may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** Where Debian keeps the browser that the driver drives, by what machine it is for. */
const BROWSER = `/usr/lib/${
  Deno.build.arch === "aarch64" ? "aarch64" : "x86_64"
}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

/**
 * Opens a WebKitGTK: Safari's engine, as Debian has it, without WebRTC. Its camera is its own mock, which
 * asks nobody.
 * @throws {Error} If there is none, or it does not start.
 */
export async function openWebKit({ hasTrackProcessor = false }: WebKitOptions = {}): Promise<
  WebKit
> {
  await using stack = new AsyncDisposableStack();
  const display = stack.use(await startScreen());
  const driver = stack.use(await startDriver(display.name));
  const features = [
    "-MockCaptureDevicesPrompt",
    "-GetUserMediaRequiresFocus",
    `${hasTrackProcessor ? "+" : "-"}MediaStreamTrackProcessing`,
  ];
  const { sessionId } = await driver.ask("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        acceptInsecureCerts: true,
        "webkitgtk:browserOptions": {
          binary: BROWSER,
          args: [
            "--automation",
            `--geometry=${SCREEN.width}x${SCREEN.height}`,
            "--enable-media-stream=true",
            "--enable-mock-capture-devices=true",
            `--features=${features.join(",")}`,
          ],
        },
      },
    },
  }) as { sessionId: string };
  const session = `/session/${sessionId}`;
  stack.defer(async () => void await driver.ask("DELETE", session).catch(() => undefined));
  const evaluate = async <T, A>(run: (argument: A) => T | Promise<T>, argument?: A) =>
    await driver.ask("POST", `${session}/execute/sync`, {
      script: `return (${run})(arguments[0]);`,
      args: [argument ?? null],
    }) as T;
  const script = (body: string) =>
    driver.ask("POST", `${session}/execute/sync`, { script: body, args: [] });
  const text = () => evaluate(() => document.body.innerText);
  const open = (url: string) => driver.ask("POST", `${session}/url`, { url });
  const all = stack.move();
  return {
    evaluate,
    async goto(url, before) {
      if (before === undefined) return void await open(url);
      // There are no scripts that run before a page's own: it is written into an empty one of its server,
      // where the script has run.
      await open(new URL("/healthz", url).href);
      const source = typeof before === "function" ? `(${before})();` : before.content;
      await script(`${source}
        history.replaceState(null, "", ${JSON.stringify(url)});
        return fetch(location.href).then((answer) => answer.text()).then((html) => {
          document.open();
          document.write(html);
          document.close();
        });`);
    },
    async press(name) {
      const press = `const button = [...document.querySelectorAll("button")]
        .find((button) => button.innerText.trim() === ${JSON.stringify(name)} && !button.disabled);
        button?.click();
        return button !== undefined;`;
      await until(() => script(press), async () => `Cannot find ${name} in: ${await text()}`, {
        timeoutMs: PATIENCE_MS,
      });
    },
    async see(words) {
      const look = async () => words.test(await text());
      await until(look, async () => `Cannot see ${words} in: ${await text()}`, {
        timeoutMs: PATIENCE_MS,
      });
    },
    screenshot: () => display.screenshot(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Screen extends AsyncDisposable {
  readonly name: string;
  screenshot(): Promise<Uint8Array>;
}

async function startScreen(): Promise<Screen> {
  const size = `${SCREEN.width}x${SCREEN.height}`;
  const args = ["-displayfd", "1", "-screen", "0", `${size}x24`, "-nolisten", "tcp"];
  const child = spawn("Xvfb", { args, stdout: "piped", stderr: "null", stdin: "null" });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("Cannot start Xvfb");
    said += value;
  }
  const name = `:${said.trim()}`;
  return {
    name,
    async screenshot() {
      // The driver's own ends the browser.
      const grab = ["-v", "error", "-f", "x11grab", "-video_size", size, "-i", name];
      const png = ["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"];
      const { success, stdout } = await new Deno.Command("ffmpeg", { args: [...grab, ...png] })
        .output();
      if (!success) throw new Error("Cannot take a screenshot");
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await reader.cancel();
      await child.status;
    },
  };
}

interface Driver extends AsyncDisposable {
  /** @throws {Error} In the driver's words. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
}

async function startDriver(display: string): Promise<Driver> {
  const port = freePort();
  const child = spawn("WebKitWebDriver", {
    args: ["-p", String(port)],
    env: {
      DISPLAY: display,
      GDK_BACKEND: "x11",
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const origin = `http://127.0.0.1:${port}`;
  const isUp = () => fetch(`${origin}/status`).then((answer) => answer.text()).catch(() => null);
  await until(isUp, () => "Cannot start WebKitWebDriver", { timeoutMs: PATIENCE_MS });
  return {
    async ask(method, path, body = {}) {
      const answer = await fetch(origin + path, {
        method,
        ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
      });
      const { value } = await answer.json();
      if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
    },
  };
}

function spawn(name: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(name, options).spawn();
  } catch (cause) {
    throw new Error(`Cannot find ${name}: install webkit2gtk-driver and xvfb`, { cause });
  }
}
