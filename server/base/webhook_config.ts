import { UsageError } from "./flags.ts";

/** Where events of zones are sent. */
export interface WebhookConfig {
  /** May hold a secret in its path or query: it goes into no log and to no page. */
  readonly url: string;
  /** What may be told of it: name, and port where it is not the scheme's own. */
  readonly host: string;
  /** Host and port, as a permission names them. */
  readonly net: string;
  /** What requests are signed with; `null`: they are not. */
  readonly secret: string | null;
}

const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * Checks the address of a webhook. The value is not repeated when it is refused: it may hold a secret.
 * @param source Name of the flag or variable.
 * @throws {UsageError} If it cannot be used.
 */
export function toWebhook(
  { source, value }: { readonly source: string; readonly value: string | undefined },
  secret: string | undefined,
): WebhookConfig | null {
  const usedSecret = toSecret(secret);
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const scheme = url === null ? undefined : PORTS[url.protocol];
  if (url === null || scheme === undefined) {
    throw new UsageError(`${source} must be an address that begins with http:// or https://`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `${source} must hold no user and password: the receiver can check the signature instead, ` +
        "see PEERLENS_WEBHOOK_SECRET",
    );
  }
  if (url.hash !== "") throw new UsageError(`${source} must have no part after #`);
  const net = `${url.hostname}:${url.port || scheme}`;
  return { url: url.href, host: url.host, net, secret: usedSecret };
}

function toSecret(value: string | undefined): string | null {
  if (value === undefined || value === "") return null;
  if (/^[\x21-\x7e]{16,256}$/.test(value)) return value;
  throw new UsageError(
    "PEERLENS_WEBHOOK_SECRET must be 16 to 256 characters of ASCII without spaces",
  );
}
