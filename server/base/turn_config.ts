import { UsageError } from "./flags.ts";

/** A TURN server of one's own, with which this server shares a secret. */
export interface TurnConfig {
  /** `turn:` and `turns:` URLs (RFC 7065) of that one server; its protocols and ports. */
  readonly urls: readonly string[];
  /** Never leaves this process: only what is made from it does. */
  readonly secret: string;
  /** How long credentials are good for, whole seconds. */
  readonly ttlS: number;
}

/** Longer than a page needs to connect, short for somebody who has taken them along. */
export const DEFAULT_TURN_TTL_S = 600;

/** Whose rooms get TURN credentials: of owners at this computer or signed in, or everybody's. */
export const TURN_FOR = ["owners", "everybody"] as const;
/** See {@linkcode TURN_FOR}. */
export type TurnFor = (typeof TURN_FOR)[number];

/** Browsers take long to try many. */
const MAX_URLS = 8;

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)$/;

/**
 * Reads the TURN server's URLs, separated by commas, and the secret. `null`: no TURN server.
 * @param source The flag or variable of the URLs, as a person knows it.
 * @param secret As a line of coturn's configuration carries it, and a token is.
 * @throws {UsageError} Naming what is wrong; never repeating the secret.
 */
export function readTurnConfig(
  { source, value }: { readonly source: string; readonly value: string | undefined },
  { secret, ttlS }: { readonly secret: string | null; readonly ttlS: number },
): TurnConfig | null {
  if ((value === undefined) !== (secret === null)) {
    throw new UsageError(
      `${source} and PEERLENS_TURN_SECRET belong together: only one of them is set`,
    );
  }
  if (value === undefined || secret === null) return null;
  const urls = value.split(",").map((url) => url.trim());
  const wrong = urls.find((url) => !isTurnUrl(url));
  if (wrong !== undefined || urls.length > MAX_URLS) {
    throw new UsageError(
      `${source} must be up to ${MAX_URLS} URLs such as turn:192.168.1.20:3478 or ` +
        `turns:turn.example:5349?transport=tcp, with commas between them: ${wrong ?? value}`,
    );
  }
  return { urls, secret, ttlS };
}

function isTurnUrl(url: string): boolean {
  const [, host, port] =
    url.match(/^turns?:(\[[^\]]*\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/) ??
      [];
  if (host === undefined || !HOST.test(host)) return false;
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
}
