import { openBrowser, type RigBrowser } from "./browser.ts";
import { openCalmViewer } from "./calm_viewer.ts";
import { clipFile, personClip } from "./fixtures.ts";
import { hidePaths } from "./hidden_paths.ts";
import { makePhoneNetwork, type PhoneNetwork } from "./network/phone_network.ts";
import { joinWithPhone, scanQr } from "./people.ts";
import { type RigServer, startServer } from "./server.ts";
import { startTcpProxy } from "./tcp_proxy.ts";

/** How long a question, whether pictures may go through the server, may take; the pages give a path 8 s. */
export const ASKED_MS = 30_000;

/** What the viewer's state line reads like, with pictures through the server. */
export const THROUGH = /1 phone connected through the server/;

/** A phone and a viewer without a path to each other. */
export interface RelayScene extends AsyncDisposable {
  readonly server: RigServer;
  readonly viewer: RigBrowser;
  readonly phone: RigBrowser;
  /** `null`: there is no path because the browsers may not look for one. */
  readonly network: PhoneNetwork | null;
}

/** How the two are kept from each other. */
export interface RelaySetup {
  /** The phone is in a network of its own whose router drops all UDP; else its page looks for no path. */
  readonly ownNetwork?: boolean;
  /** Runs in both pages before anything else. */
  readonly initScript?: readonly (() => void)[];
  readonly flags?: readonly string[];
}

/** Brings both together, until the viewer is asked. */
export async function openRelayScene(setup: RelaySetup): Promise<RelayScene> {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const network = setup.ownNetwork ? stack.use(await makePhoneNetwork()) : null;
  await network?.lose(1);
  const ports = { https: 0 };
  const proxy = network && stack.use(await startTcpProxy(() => ports.https, network.ourAddress));
  const publicHost = proxy ? ["--public-host", `${network!.ourAddress}:${proxy.port}`] : [];
  const server = stack.use(
    await startServer({
      flags: [...publicHost, ...setup.flags ?? []],
    }),
  );
  ports.https = server.ports.https;
  const scripts = setup.initScript ?? [];
  const viewer = stack.use(await openCalmViewer(server, { initScript: scripts }));
  await viewer.page.goto(server.httpUrl);
  const phone = stack.use(
    await openBrowser({
      role: "phone",
      clip: clip.path,
      initScript: [...network ? [] : [hidePaths], ...scripts],
      ...(network ? { within: network.within } : {}),
    }),
  );
  await joinWithPhone(phone.page, await scanQr(viewer.page));
  const all = stack.move();
  return { server, viewer, phone, network, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Has a page act as if its person had agreed before. */
export function agreeToRelay(): void {
  // Also run in the empty page that a tab begins with, which has no storage.
  if (location.protocol !== "about:") localStorage.setItem("peerlens.consent.relay", "given");
}

/** What `/healthz` says of relays. */
export interface RelayHealth {
  readonly phones: number;
  readonly viewers: number;
  readonly framesReceived: number;
  readonly framesSent: number;
  readonly bytesReceived: number;
  readonly framesDropped: Readonly<Record<string, number>>;
}

/** Asks a server for it; `null` where there is no relay. */
export async function relayOf({ httpUrl }: RigServer): Promise<RelayHealth> {
  return (await (await fetch(`${httpUrl}/healthz`)).json()).relay;
}

/** The question. */
export const dialogOf = ({ page }: RigBrowser) => page.getByTestId("relay-consent");
/** Answers it. */
export const agree = ({ page }: RigBrowser) =>
  page.getByRole("button", { name: "Show it through the server" }).click();

/** Waits until no frame has come for a second. */
export async function framesRest(server: RigServer): Promise<void> {
  for (let before = -1;;) {
    const { framesReceived } = await relayOf(server);
    if (framesReceived === before) return;
    before = framesReceived;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
