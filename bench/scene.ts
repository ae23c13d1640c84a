import { type BrowserOptions, openBrowser, type RigBrowser } from "./browser.ts";
import { clipFile, personClip } from "./fixtures.ts";
import { joinWithPhone, scanQr, waitForPhones } from "./people.ts";
import { type RigServer, startServer } from "./server.ts";

/** A phone that shows the person clip, joined to a viewer by its QR code. */
export interface Scene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
}

/** How a scene is set up. */
export interface SceneOptions {
  /** Of the server. @default {"wasm"} */
  readonly mode?: "wasm" | "server" | "auto";
  /** Runs in the viewer's page before anything else. */
  readonly viewerInit?: BrowserOptions["initScript"];
}

/** Starts the app with the embedded model and brings both people together. */
export async function openScene({ mode = "wasm", viewerInit }: SceneOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const flags = ["--mode", mode];
  const server = stack.use(await startServer({ flags, env: { PEERLENS_MODELS: "" } }));
  const viewer = stack.use(
    await openBrowser({ role: "viewer", ...(viewerInit ? { initScript: viewerInit } : {}) }),
  );
  const phone = stack.use(await openBrowser({ role: "phone", clip: clip.path }));
  await viewer.page.goto(server.httpUrl);
  await joinWithPhone(phone.page, await scanQr(viewer.page));
  await waitForPhones(viewer.page, 1);
  const all = stack.move();
  return { server, viewer, phone, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
