import type { Display } from "@/protocol";
import { openBrowser, type RigBrowser } from "../browser.ts";
import { clipFile } from "../fixtures.ts";
import { makePhoneNetwork, type PhoneNetwork } from "../network/phone_network.ts";
import type { ClipTruth } from "../overlay/alignment.ts";
import { MODEL, truthAt, VIEWPORT, waitForSteadyBoxes } from "../overlay/overlay_scene.ts";
import { keepConnections } from "../page_connections.ts";
import { startServer } from "../server.ts";
import { startTcpProxy } from "../tcp_proxy.ts";
import { knowsThreads } from "../thread_memory.ts";

/** A camera of the server that sees the shuttle, and a viewer's page that shows it. */
export interface CameraScene extends AsyncDisposable {
  readonly truth: ClipTruth;
  readonly viewer: RigBrowser;
  /** Where the viewer is; `null`: on this machine itself. */
  readonly network: PhoneNetwork | null;
  /** Opens the page anew, and waits until boxes are on the object. */
  show(display: Display): Promise<void>;
}

/** How it is set up. */
export interface CameraSceneSetup {
  readonly mode: "wasm" | "server";
  readonly fps: number;
  /** Puts the viewer into a network of its own, where packets can be lost. */
  readonly ownNetwork: boolean;
}

/** A viewer who comes from elsewhere sees cameras with it. */
const PASSWORD = "correct horse";

/** Sets it up; the viewer's page is opened by {@linkcode CameraScene.show}. */
export async function openCameraScene(
  { mode, fps, ownNetwork }: CameraSceneSetup,
): Promise<CameraScene> {
  await using stack = new AsyncDisposableStack();
  const truth = await truthAt(fps);
  const clip = stack.use(await clipFile(truth.spec));
  const network = ownNetwork ? stack.use(await makePhoneNetwork()) : null;
  const ports = { https: 0 };
  const proxy = network && stack.use(await startTcpProxy(() => ports.https, network.ourAddress));
  const host = proxy && `${network!.ourAddress}:${proxy.port}`;
  const server = stack.use(
    await startServer({
      flags: [
        ...["--mode", mode, "--model", MODEL.modelId, "--camera", `clip=${clip.path}`],
        ...(host === null ? [] : ["--public-host", host, "--password", PASSWORD]),
      ],
      // Cameras send from where the server listens.
      ...(network === null ? {} : { host: "0.0.0.0" }),
    }),
  );
  ports.https = server.ports.https;
  const viewer = stack.use(
    await openBrowser({
      role: "viewer",
      viewport: VIEWPORT,
      // Nothing is tried while it is judged.
      initScript: [await knowsThreads(server, 1), keepConnections],
      ...(network === null ? {} : { within: network.within }),
    }),
  );
  const { page } = viewer;
  const origin = host === null ? server.httpUrl : `https://${host}`;
  await page.goto(origin);
  if (host !== null) {
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByTestId("qr").locator("svg").waitFor();
  const { hash } = new URL(page.url());
  const all = stack.move();
  return {
    truth,
    viewer,
    network,
    async show(display) {
      await page.goto(`${origin}/?camera=clip&display=${display}&clean=1${hash}`);
      await waitForSteadyBoxes(page);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
