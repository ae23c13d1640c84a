import { publicOrigin } from "./public_origin.ts";

/** Programs that can open a public address for this server. */
export const TUNNEL_NAMES = ["cloudflared", "ngrok", "localtunnel"] as const;
/** See {@linkcode TUNNEL_NAMES}. */
export type TunnelName = (typeof TUNNEL_NAMES)[number];

/** Request headers in which a service tells the address of who asked it. */
export type AddressHeader = "x-forwarded-for" | "cf-connecting-ip";

/** All that differs from one program to another. */
export interface TunnelTool {
  readonly name: TunnelName;
  /** As it is called on `PATH`. */
  readonly program: string;
  /** How it is told to lead to `port` of 127.0.0.1, and to write what {@linkcode originIn} reads. */
  args(port: number): string[];
  /** Domains of the service. Addresses of others are refused, and not asked either. */
  readonly domains: readonly string[];
  readonly addressHeader: AddressHeader;
  /** The public origin that a line of its output announces; `null` for every other line. */
  originIn(line: string): string | null;
  /** What people meet at that address before our page, as a sentence; `null`: nothing. */
  readonly interstitial: string | null;
  /** Where to get it. */
  readonly install: string;
  /** Lines of its output that say why it gave up, and what a person can do about it. */
  readonly faults: readonly { readonly pattern: RegExp; readonly sentence: string }[];
}

const CLOUDFLARED: TunnelTool = {
  name: "cloudflared",
  program: "cloudflared",
  args: (port) => ["tunnel", "--no-autoupdate", "--url", `http://127.0.0.1:${port}`],
  domains: ["trycloudflare.com"],
  // Written by Cloudflare's edge over whatever a client sent under this name.
  addressHeader: "cf-connecting-ip",
  // The address stands in a box; elsewhere in the output api.trycloudflare.com is named too.
  originIn(line) {
    const url = /\|\s+(https:\/\/[^\s|]+)\s+\|\s*$/.exec(line)?.[1];
    return url === undefined ? null : publicOrigin(url, CLOUDFLARED.domains);
  },
  interstitial: null,
  install:
    "https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/downloads/",
  faults: [
    {
      pattern: /429 Too Many Requests|error code: 1015/,
      sentence: "Cloudflare allows this network no more quick tunnels for now: wait a few minutes",
    },
    {
      pattern: /failed to request quick Tunnel/i,
      sentence: "Cloudflare could not be reached: is this computer online",
    },
  ],
};

const NGROK: TunnelTool = {
  name: "ngrok",
  program: "ngrok",
  args: (port) => ["http", `127.0.0.1:${port}`, "--log=stdout", "--log-format=json"],
  domains: ["ngrok-free.app", "ngrok-free.dev", "ngrok.app", "ngrok.dev", "ngrok.io"],
  addressHeader: "x-forwarded-for",
  originIn(line) {
    const { msg, url } = fieldsOf(line);
    if (msg !== "started tunnel" || typeof url !== "string") return null;
    return publicOrigin(url, NGROK.domains);
  },
  interstitial: "ngrok's free plan shows its own page first: press Visit Site there, once",
  install: "https://ngrok.com/download",
  faults: [
    {
      pattern: /ERR_NGROK_4018\b/,
      sentence: "ngrok needs an account: put its token into NGROK_AUTHTOKEN, or run " +
        "`ngrok config add-authtoken`. Tokens are free at https://dashboard.ngrok.com",
    },
    {
      pattern: /ERR_NGROK_10[57]\b/,
      sentence: "ngrok does not know this token: copy NGROK_AUTHTOKEN again from " +
        "https://dashboard.ngrok.com",
    },
    {
      pattern: /ERR_NGROK_108\b/,
      sentence:
        "ngrok already runs elsewhere with this account, and its plan allows no more: stop it there",
    },
    {
      pattern: /ERR_NGROK_334\b/,
      sentence: "Another ngrok uses the address of this account: stop that one",
    },
    {
      pattern: /failed to (connect|dial|establish|send auth)|i\/o timeout|no such host/,
      sentence: "ngrok's service could not be reached: is this computer online",
    },
  ],
};

const LOCALTUNNEL: TunnelTool = {
  name: "localtunnel",
  program: "lt",
  // No --local-host: with it, requests come with that name in place of the public one.
  args: (port) => ["--port", String(port)],
  domains: ["loca.lt", "localtunnel.me"],
  addressHeader: "x-forwarded-for",
  originIn(line) {
    const url = /^your url is: (\S+)\s*$/.exec(line)?.[1];
    return url === undefined ? null : publicOrigin(url, LOCALTUNNEL.domains);
  },
  interstitial: "localtunnel asks each visitor for a password first: it is the public IP address " +
    "of this computer, as https://loca.lt/mytunnelpassword shows it here",
  install: "npm install -g localtunnel",
  faults: [
    {
      pattern: /connection refused: .*(firewall)/i,
      sentence: "Cannot reach localtunnel's server: a firewall may be blocking it",
    },
    {
      pattern: /ENOTFOUND|EAI_AGAIN/,
      sentence: "localtunnel's server was not found: is this computer online",
    },
  ],
};

/** See {@linkcode TunnelTool}. */
export const TUNNEL_TOOLS: Readonly<Record<TunnelName, TunnelTool>> = {
  cloudflared: CLOUDFLARED,
  ngrok: NGROK,
  localtunnel: LOCALTUNNEL,
};

function fieldsOf(line: string): { readonly msg?: unknown; readonly url?: unknown } {
  if (!line.startsWith("{")) return {};
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
