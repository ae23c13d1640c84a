import { type BrowserOptions, openBrowser, type RigBrowser } from "./browser.ts";
import type { ClipSpec } from "./clip.ts";
import { clipFile, personClip } from "./fixtures.ts";
import { joinWithPhone, scanQr, waitForPhones } from "./people.ts";
import { type RigServer, startServer } from "./server.ts";
import { waitForVideo } from "./stage.ts";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";

/** Server, viewer and a clip for phones' cameras; everything ends with it, in the right order. */
export interface Rig extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  /** What the QR code on the viewer's page says. */
  readonly joinUrl: string;
  readonly spec: ClipSpec;
  /** The wire between every browser and the server, where `cuttable` asked for one. */
  readonly wire: TcpProxy | undefined;
  /** Opens another browser, with the clip as its camera if it is a phone. */
  open(options: BrowserOptions): Promise<RigBrowser>;
  /** Opens a phone, joins by the QR code's URL, and waits until its video is on the screen. */
  join(): Promise<RigBrowser>;
}

/** How a rig is set up. */
export interface RigOptions {
  /** Puts a wire between the browsers and the server that can be cut. */
  readonly cuttable?: boolean;
  /** Runs in every page before anything else. */
  readonly initScript?: () => void;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the app, opens the viewer's page and reads its QR code. */
export async function setUpRig(options: RigOptions = {}): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const spec = await personClip();
  const clip = stack.use(await clipFile(spec));
  const ports = { https: 0 };
  const wire = options.cuttable ? stack.use(await startTcpProxy(() => ports.https)) : undefined;
  const server = stack.use(
    await startServer({
      env: { PEERLENS_MODELS: "", ...options.env },
      flags: wire ? ["--public-host", `localhost:${wire.port}`] : [],
    }),
  );
  ports.https = server.ports.https;

  async function open(browserOptions: BrowserOptions): Promise<RigBrowser> {
    const initScript = options.initScript ? { initScript: options.initScript } : {};
    const camera = browserOptions.role === "phone" ? { clip: clip.path } : {};
    return running.use(await openBrowser({ ...initScript, ...camera, ...browserOptions }));
  }

  // Browsers end before the server that they talk to.
  const running = stack.use(new AsyncDisposableStack());
  const viewer = await open({ role: "viewer" });
  await viewer.page.goto(wire ? `https://localhost:${wire.port}/` : server.httpUrl);
  const joinUrl = await scanQr(viewer.page);
  const all = stack.move();
  let phones = 0;
  return {
    server,
    viewer,
    joinUrl,
    spec,
    wire,
    open,
    async join() {
      const phone = await open({ role: "phone" });
      await joinWithPhone(phone.page, joinUrl);
      await waitForPhones(viewer.page, ++phones);
      await waitForVideo(viewer.page);
      return phone;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
