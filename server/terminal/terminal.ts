import type { Catalog } from "../../models/catalog.ts";
import { joinProblem, type ServerAddresses, whereToJoin } from "../base/addresses.ts";
import {
  bannerText,
  drawQr,
  newAddressText,
  passwordNotes,
  tunnelNotes,
  turnNotes,
} from "./banner.ts";
import type { ServerConfig } from "../base/config.ts";
import { laptopUrl, type Listeners } from "../base/listen.ts";

/** What of this server people are told in the terminal. */
export interface Place {
  readonly config: ServerConfig;
  readonly addresses: () => ServerAddresses;
  readonly catalog: () => Catalog;
  readonly ports: Listeners["ports"];
  readonly startCode: string;
  /** `interstitial`: what stands in front of our page there, as a sentence; `null`: nothing. */
  readonly tunnel: { readonly origin: string | null; readonly interstitial: string | null } | null;
  /** Asked of viewers on other computers; `null`: none is. Secret. */
  readonly password: string | null;
}

/** All that a person needs once the server listens, and its tunnel is open. */
export async function placeText(place: Place): Promise<string> {
  const { config, catalog, ports } = place;
  const [best] = whereToJoin(place).joinOrigins;
  const [model] = catalog().present;
  const doorUrl = best === undefined ? null : doorOf(place, best.origin);
  return bannerText({
    laptopUrl: laptopUrl(config.host, ports),
    phoneOrigin: best?.origin ?? null,
    doorUrl,
    mode: config.mode,
    model: model?.entry.title ?? "none, see above",
    notes: notesOf(place),
    qr: doorUrl === null ? null : await qrOf(place, doorUrl),
  });
}

/** The tunnel was opened again, and leads here from `origin` now. */
export async function addressText(place: Place, origin: string): Promise<string> {
  const doorUrl = doorOf(place, origin);
  return newAddressText({ phoneOrigin: origin, doorUrl, qr: await qrOf(place, doorUrl) });
}

/** The code stands behind `#`, so that it is in no log of those who pass requests on. */
function doorOf({ startCode }: Place, origin: string): string {
  return `${origin}/j#${startCode}`;
}

async function qrOf({ config }: Place, doorUrl: string): Promise<string | null> {
  // Behind a container's network nobody can be told to sit at this computer, as that code wants.
  const isShown = config.showQr && config.network === "host";
  return isShown ? await drawQr(doorUrl, Deno.stdout.isTerminal()) : null;
}

function notesOf({ config, addresses, tunnel, password }: Place): string[] {
  const relay = turnNotes(config);
  const problem = tunnel === null ? joinProblem(config, addresses()) : null;
  return [
    ...relay,
    ...(problem === null ? [] : [`Note:              ${problem}`]),
    ...passwordNotes(config, password),
    ...(tunnel === null ? [] : tunnelNotes(tunnel.interstitial, password !== null)),
  ];
}
