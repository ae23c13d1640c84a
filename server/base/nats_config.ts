import { isIP } from "node:net";
import { type Given, toToken } from "./config_values.ts";
import { UsageError } from "./flags.ts";

/** The NATS servers by which nodes of one Peerlens speak to each other. */
export interface NatsConfig {
  /** Host and port of each, as a permission names them too. */
  readonly servers: readonly string[];
  /** Never in the clear: a server without TLS is refused. */
  readonly isTls: boolean;
  /** A credentials file, as `nsc` writes it. */
  readonly credsFile: string | null;
  /** Secret. */
  readonly token: string | null;
  /** PEM files: who signed the servers' certificates, and a certificate of our own with its key. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** What names in subjects are made with, the same on all nodes. Secret. */
  readonly clusterSecret: string | null;
}

/** What may be said of NATS besides its servers. */
export interface NatsSettings {
  readonly creds: Given;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** More name no cluster of ours, and each is tried in turn. */
const MAX_SERVERS = 16;
const DEFAULT_PORT = 4222;

/**
 * Reads where NATS is and how we are known to it. `null`: there is none. Values are not repeated where
 * they could hold a secret.
 * @throws {UsageError} If something cannot be used, or belongs to a server that is not named.
 */
export function toNats(given: Given, { creds, env }: NatsSettings): NatsConfig | null {
  const file = (name: string) => env[name] || null;
  const token = toToken("PEERLENS_NATS_TOKEN", env);
  const clusterSecret = toToken("PEERLENS_CLUSTER_SECRET", env);
  const files = {
    credsFile: creds.value ?? null,
    caFile: file("PEERLENS_NATS_CA"),
    certFile: file("PEERLENS_NATS_CERT"),
    keyFile: file("PEERLENS_NATS_KEY"),
  };
  if (given.value === undefined) {
    if (files.credsFile !== null) throw new UsageError(`${creds.source} needs --nats as well`);
    return null;
  }
  if ((files.certFile === null) !== (files.keyFile === null)) {
    throw new UsageError(
      "PEERLENS_NATS_CERT and PEERLENS_NATS_KEY belong together: only one of them is set",
    );
  }
  if (files.credsFile !== null && token !== null) {
    throw new UsageError(`${creds.source} and PEERLENS_NATS_TOKEN are both set: choose one`);
  }
  const urls = given.value.split(",").map((url) => toServer(given.source, url.trim()));
  if (urls.length > MAX_SERVERS) {
    throw new UsageError(`${given.source} must name ${MAX_SERVERS} servers at the most`);
  }
  const isTls = urls[0]!.isTls;
  if (urls.some((url) => url.isTls !== isTls)) {
    throw new UsageError(
      `${given.source} must begin all its URLs with nats://, or all with tls://`,
    );
  }
  const hasTlsFile = files.caFile !== null || files.certFile !== null;
  if (hasTlsFile && !isTls) {
    throw new UsageError(
      `PEERLENS_NATS_CA, _CERT and _KEY are for servers with TLS: begin ${given.source} with tls://`,
    );
  }
  return { servers: urls.map(({ place }) => place), isTls, token, clusterSecret, ...files };
}

/** Every file that has to be read for it. */
export function natsFiles(config: NatsConfig): readonly string[] {
  const { credsFile, caFile, certFile, keyFile } = config;
  return [credsFile, caFile, certFile, keyFile].filter((path) => path !== null);
}

function toServer(source: string, text: string): { isTls: boolean; place: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.username !== "" || url.password !== "")) {
    throw new UsageError(
      `${source} must hold no user and password, which everybody could read: ` +
        "use --nats-creds or PEERLENS_NATS_TOKEN_FILE",
    );
  }
  const [, scheme, host, port] = text.match(
    /^(nats|tls):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*))(?::(\d{1,5}))?$/,
  ) ??
    [];
  const portNumber = Number(port ?? DEFAULT_PORT);
  if (scheme === undefined || portNumber < 1 || portNumber > 65535) {
    throw new UsageError(
      `${source} must be URLs such as nats://10.0.0.5:4222 or tls://nats.example, with commas ` +
        "between them",
    );
  }
  const isTls = scheme === "tls";
  if (isTls && isIP(host!.replace(/^\[|\]$/g, "")) !== 0) {
    throw new UsageError(`${source} must have names at tls://, which certificates are checked by`);
  }
  return { isTls, place: `${host}:${portNumber}` };
}
