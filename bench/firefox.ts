/** A Firefox with one page, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */
export interface Firefox extends AsyncDisposable {
  /** Opens an address and waits until it is loaded. */
  goto(url: string): Promise<void>;
  /** Value of an expression in the page, awaited there; must be JSON. @throws {Error} If it throws. */
  evaluate<T>(expression: string): Promise<T>;
  /** Runs in each page from now on before anything else. */
  addInitScript(script: () => void): Promise<void>;
  /** A PNG of what the page shows. */
  screenshot(): Promise<Uint8Array>;
}

/** How it is opened. */
export interface FirefoxOptions {
  readonly viewport: { readonly width: number; readonly height: number };
}

const NAMES = ["firefox-esr", "firefox"];

const START_MS = 60_000;

/** For WebRTC between two browsers of a machine without any network. */
const PREFERENCES = {
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.autoplay.default": 0,
  // Nothing of this leaves the machine.
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "",
} as const;

/** Opens a Firefox with a new profile. @throws {Error} If there is none, or it does not start. */
export async function openFirefox({ viewport }: FirefoxOptions): Promise<Firefox> {
  await using stack = new AsyncDisposableStack();
  const profile = await Deno.makeTempDir({ prefix: "peerlens-firefox-" });
  stack.defer(() => removeLater(profile));
  const lines = Object.entries(PREFERENCES).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`
  );
  await Deno.writeTextFile(`${profile}/user.js`, lines.join(""));
  const args = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile];
  const child = new Deno.Command(await findFirefox(), {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  stack.defer(async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
  });
  const socket = await BidiSocket.open(`${await readAddress(child.stderr)}/session`);
  stack.defer(() => socket.close());
  await socket.send("session.new", { capabilities: {} });
  const { contexts } = await socket.send("browsingContext.getTree", {});
  const { context } = (contexts as { context: string }[])[0]!;
  await socket.send("browsingContext.setViewport", { context, viewport, devicePixelRatio: 1 });
  const all = stack.move();
  return {
    async goto(url) {
      await socket.send("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await socket.send("script.evaluate", {
        expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
        target: { context },
        awaitPromise: true,
        userActivation: true,
      });
      if (answer.type !== "success") {
        throw new Error(`Cannot evaluate ${expression}: ${JSON.stringify(answer)}`);
      }
      return JSON.parse((answer.result as { value: string }).value);
    },
    async addInitScript(script) {
      await socket.send("script.addPreloadScript", { functionDeclaration: String(script) });
    },
    async screenshot() {
      const { data } = await socket.send("browsingContext.captureScreenshot", { context });
      return Uint8Array.fromBase64(data as string);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function findFirefox(): Promise<string> {
  for (const name of NAMES) {
    const found = await new Deno.Command("which", { args: [name], stdout: "null", stderr: "null" })
      .output();
    if (found.success) return name;
  }
  throw new Error(`Cannot find Firefox: install ${NAMES[0]}`);
}

/** Waits for the line that says where it listens; the rest is read and left aside. */
function readAddress(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = () => reject(new Error(`Cannot start Firefox in ${START_MS} ms: ${text}`));
    const timer = setTimeout(late, START_MS);
    const read = async () => {
      for await (const part of stderr.pipeThrough(new TextDecoderStream())) {
        text = (text + part).slice(-4_000);
        const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(text)?.[1];
        if (address) resolve(address);
      }
      reject(new Error(`Cannot start Firefox: ${text}`));
    };
    void read().catch(reject).finally(() => clearTimeout(timer));
  });
}

/** Its processes may still write for a moment. */
async function removeLater(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

type Answer = Record<string, unknown>;

/** Commands and their answers; events are left aside. */
class BidiSocket {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const { type, id, result, error, message } = JSON.parse(data);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (type === "success") waiting?.resolve(result);
      else waiting?.reject(new Error(`Cannot drive Firefox: ${error}: ${message}`));
    };
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Firefox has gone"));
    };
  }

  static open(address: string): Promise<BidiSocket> {
    const socket = new WebSocket(address);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(new BidiSocket(socket));
      socket.onerror = () => reject(new Error(`Cannot connect to Firefox at ${address}`));
    });
  }

  send(method: string, params: Answer): Promise<Answer> {
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return waiting.promise;
  }

  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    this.#socket.onclose = () => resolve();
    this.#socket.close();
    return promise;
  }
}
