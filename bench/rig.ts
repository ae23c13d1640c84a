import {
  type BrowserProcess,
  type InitScript,
  launchBrowser,
  type ProfileOptions,
  type RigBrowser,
} from "./browser.ts";
import { calmViewer } from "./calm_viewer.ts";
import type { ClipSpec } from "./clip.ts";
import { clipFile, personClip } from "./fixtures.ts";
import { joinWithPhone, scanQr, waitForPhones } from "./people.ts";
import { type RigServer, startServer } from "./server.ts";
import { startTcpProxy, type TcpProxy } from "./tcp_proxy.ts";

/** A viewer in a room of its own, and phones that may join it. Its browsers end with it. */
export interface Rig extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  /** What the QR code on the viewer's page says. */
  readonly joinUrl: string;
  /** What phones show. */
  readonly spec: ClipSpec;
  /** The proxy between every browser and the server, where `cuttable` asked for one. */
  readonly proxy: TcpProxy | undefined;
  /** Opens another browser, with the clip as its camera if it is a phone. */
  open(options: ProfileOptions & { readonly role: Role }): Promise<RigBrowser>;
  /** Opens a phone, joins by the QR code's URL, and waits until the viewer says that it is connected. */
  join(options?: ProfileOptions): Promise<RigBrowser>;
}

type Role = "phone" | "viewer";

/** One server, one browser's process for all viewers and one for all phones: fresh rigs cost little. */
export interface Rigs extends AsyncDisposable {
  readonly server: RigServer;
  /** Opens the viewer's page and reads its QR code. The script runs in every page of the rig. */
  open(options?: RigOptions): Promise<Rig>;
}

/** How a rig is opened. */
export interface RigOptions {
  /** Runs in every page before anything else. */
  readonly initScript?: InitScript;
  /** Runs in the viewer's page before anything else. */
  readonly viewerInit?: InitScript | readonly InitScript[];
  /** Viewers' browsers know nothing: all is tried, and every frame examined. @default {false}: {@linkcode calmViewer} */
  readonly isFirstVisit?: boolean;
}

/** How rigs are set up. */
export interface RigsOptions {
  /** Of the server. @default {"wasm"} */
  readonly mode?: "wasm" | "server" | "auto";
  /** Puts a proxy between the browsers and the server that can be cut. */
  readonly cuttable?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Further flags of the server. */
  readonly flags?: readonly string[];
  /** See {@linkcode LaunchOptions.hasGpu}, of the viewer. */
  readonly hasGpu?: boolean;
  /** See {@linkcode LaunchOptions.hasTabs}, of the viewer. */
  readonly hasTabs?: boolean;
  /** The viewer's computer has a camera, too, which shows the clip. */
  readonly viewerCamera?: boolean;
}

/** Starts the app, with no model but those of the repository. */
export async function openRigs(options: RigsOptions = {}): Promise<Rigs> {
  await using stack = new AsyncDisposableStack();
  const spec = await personClip();
  const clip = stack.use(await clipFile(spec));
  const ports = { https: 0 };
  const proxy = options.cuttable ? stack.use(await startTcpProxy(() => ports.https)) : undefined;
  const server = stack.use(
    await startServer({
      env: options.env ?? {},
      flags: [
        ...["--mode", options.mode ?? "wasm"],
        ...(proxy ? ["--public-host", `localhost:${proxy.port}`] : []),
        ...options.flags ?? [],
      ],
    }),
  );
  ports.https = server.ports.https;
  const camera = { clip: clip.path };
  const { viewerCamera, hasGpu = false, hasTabs = false } = options;
  const viewers = stack.use(
    await launchBrowser({
      role: "viewer",
      hasGpu,
      hasTabs,
      compilesLess: true,
      ...(viewerCamera ? camera : {}),
    }),
  );
  const phones = stack.use(await launchBrowser({ role: "phone", ...camera }));
  const home = proxy ? `https://localhost:${proxy.port}/` : undefined;
  const all = stack.move();
  return {
    server,
    open: (one = {}) => openRig({ server, proxy, spec, home, processes: { viewers, phones } }, one),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What all rigs have in common. */
interface Common extends Pick<Rig, "server" | "proxy" | "spec"> {
  /** Of the viewer's page, if it is not the server's own address. */
  readonly home: string | undefined;
  readonly processes: { readonly viewers: BrowserProcess; readonly phones: BrowserProcess };
}

async function openRig(
  { home, processes: { viewers, phones }, ...common }: Common,
  { initScript, viewerInit = [], isFirstVisit = false }: RigOptions,
): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const running = stack.use(new AsyncDisposableStack());
  const everywhere = initScript === undefined ? [] : [initScript];
  const known = isFirstVisit ? [] : await calmViewer(common.server);
  const open: Rig["open"] = async ({ role, ...profile }) => {
    const own = [profile.initScript ?? []].flat();
    const [process, before] = role === "phone" ? [phones, []] : [viewers, known];
    const all = [...everywhere, ...before, ...own];
    return running.use(await process.open({ ...profile, initScript: all }));
  };
  const viewer = await open({ role: "viewer", initScript: [viewerInit].flat() });
  await viewer.page.goto(home ?? common.server.httpUrl);
  const joinUrl = await scanQr(viewer.page);
  const all = stack.move();
  let joined = 0;
  return {
    ...common,
    viewer,
    joinUrl,
    open,
    async join(options = {}) {
      const phone = await open({ ...options, role: "phone" });
      await joinWithPhone(phone.page, joinUrl);
      await waitForPhones(viewer.page, ++joined);
      return phone;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Starts the app for one rig. */
export async function setUpRig(options: RigsOptions & RigOptions = {}): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const rigs = stack.use(await openRigs(options));
  const rig = stack.use(await rigs.open(options));
  const all = stack.move();
  return { ...rig, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
