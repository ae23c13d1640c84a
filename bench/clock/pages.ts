import { build, stop } from "esbuild";
import { fileURLToPath } from "node:url";
import { type Shift, shiftScript } from "./shifted_clock.ts";

const ROOT = new URL("../../", import.meta.url);
const NO_SHIFT: Shift = { aheadMs: 0, driftPpm: 0, fromMs: 0 };

/** As the app does, so that clocks are as fine as there. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** `/viewer` and `/phone`; the phone's clock, in its Worker too, is the shifted one. */
export async function servePages(
  shift: Shift | null,
): Promise<AsyncDisposable & { readonly origin: string }> {
  const [page, sender] = await bundle(["bench/clock/page.ts", "client/rtc/sender_worker.ts"]);
  await stop();
  const html = (clock: string) =>
    `<!doctype html><link rel="icon" href="data:,"><body><script src="/${clock}.js"></script>` +
    `<script type="module" src="/page.js"></script>`;
  const files: Readonly<Record<string, [type: string, body: string]>> = {
    "/phone": ["text/html", html("phone_clock")],
    "/viewer": ["text/html", html("clock")],
    "/clock.js": ["text/javascript", shiftScript(NO_SHIFT)],
    "/phone_clock.js": ["text/javascript", shiftScript(shift ?? NO_SHIFT)],
    "/page.js": ["text/javascript", page!],
    "/sender.js": ["text/javascript", `${shiftScript(shift ?? NO_SHIFT)}\n${sender}`],
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const [type, body] = files[new URL(request.url).pathname] ?? [];
    if (type === undefined) return new Response("Not found", { status: 404 });
    return new Response(body!, { headers: { ...ISOLATION, "content-type": type } });
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function bundle(entries: readonly string[]): Promise<string[]> {
  return await Promise.all(entries.map(async (entry) => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(entry, ROOT))],
      absWorkingDir: fileURLToPath(ROOT),
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
      define: { __SENDER_URL__: '"/sender.js"' },
      alias: { "@/protocol": "./server/protocol/mod.ts" },
    });
    return outputFiles[0]!.text;
  }));
}
