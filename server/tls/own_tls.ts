import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { UsageError } from "../base/flags.ts";
import { isPair, type LoadedTls } from "./tls.ts";

/** Where a certificate of one's own is. Both may be one file. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a certificate of one's own should be good for. */
export interface TlsUse {
  /** Where phones are sent to, as a URL writes it; `null`: to no certain place. */
  readonly host: string | null;
  /** Ms since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * Reads a certificate of one's own, with those that vouch for it in whatever order.
 * @throws {UsageError} Naming the file that is missing, unreadable, encrypted, or does not fit the other.
 */
export async function readTls(files: TlsFiles, use: TlsUse): Promise<LoadedTls> {
  const { certFile, keyFile } = files;
  const chain = certificatesIn(await readText("--tls-cert", certFile), certFile);
  const key = keyIn(await readText("--tls-key", keyFile), keyFile);
  const own = chain.find((certificate) => isPair(certificate, key));
  if (own === undefined) {
    throw new UsageError(`--tls-key is not the key of --tls-cert: ${keyFile}, ${certFile}`);
  }
  // The server's own has to come first, and some put the authority's there.
  const sorted = [own, ...chain.filter((certificate) => certificate !== own)];
  return {
    cert: sorted.map((certificate) => certificate.toString()).join(""),
    // One form for all: Deno takes fewer kinds of PEM than OpenSSL writes.
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
    sentence: `from ${certFile}`,
    warning: warningOf(own, use, certFile),
  };
}

/** PEM blocks of a label that ends so. */
function blocksIn(text: string, label: string): string[] {
  const block = new RegExp(`-----BEGIN ([A-Z0-9 ]*${label})-----[^]*?-----END \\1-----`, "g");
  return text.match(block) ?? [];
}

function certificatesIn(text: string, path: string): X509Certificate[] {
  const blocks = blocksIn(text, "CERTIFICATE");
  if (blocks.length === 0) throw wrongFile("--tls-cert", path);
  return blocks.map((block) => parseAs("--tls-cert", path, () => new X509Certificate(block)));
}

function keyIn(text: string, path: string): KeyObject {
  const [block] = blocksIn(text, "PRIVATE KEY");
  if (block === undefined) throw wrongFile("--tls-key", path);
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(block)) {
    throw new UsageError(
      `--tls-key: ${path} is encrypted, and nobody is asked for its passphrase at a start. Write the ` +
        `key without one: openssl pkey -in ${path} -out plain.pem`,
    );
  }
  return parseAs("--tls-key", path, () => createPrivateKey(block));
}

/** What works, and browsers warn of. */
function warningOf(
  certificate: X509Certificate,
  { host, nowMs }: TlsUse,
  path: string,
): string | null {
  const { validFrom, validTo, subjectAltName } = certificate;
  const day = (time: string) => new Date(time).toISOString().slice(0, 10);
  const problems = [
    ...(Date.parse(validTo) <= nowMs ? [`it expired on ${day(validTo)}`] : []),
    ...(Date.parse(validFrom) > nowMs ? [`it is not valid before ${day(validFrom)}`] : []),
    ...(host !== null && !isFor(certificate, host)
      ? [
        `it is not for ${host}, where phones are sent to, but for ${
          subjectAltName ?? "no name"
        }; ` +
        "--public-host sends them elsewhere",
      ]
      : []),
  ];
  if (problems.length === 0) return null;
  return `Browsers will warn of the certificate in ${path}: ${problems.join("; ")}`;
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1");
  const isAddress = name.includes(":") || /^[\d.]+$/.test(name);
  // Browsers do not look at the subject.
  const found = isAddress
    ? certificate.checkIP(name)
    : certificate.checkHost(name, { subject: "never" });
  return found !== undefined;
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${path}: ${(error as Error).message}`);
  }
}

function parseAs<T>(flag: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw wrongFile(flag, path);
  }
}

function wrongFile(flag: string, path: string): UsageError {
  const what = flag === "--tls-key" ? "a private key" : "a certificate";
  return new UsageError(
    `${flag}: ${path} is not what it should be: a PEM file with ${what} is expected`,
  );
}
