import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { UsageError } from "../base/flags.ts";
import { type KeyPair, makeCertificate, renewalReason } from "./certificate.ts";

/** A certificate and how it came about, as a sentence for the person at the terminal. */
export interface LoadedTls extends KeyPair {
  readonly sentence: string;
}

/**
 * Reads a certificate of one's own.
 * @throws {UsageError} Naming the file that is missing, unreadable, or does not fit the other.
 */
export async function readTls(files: { certFile: string; keyFile: string }): Promise<LoadedTls> {
  const cert = await readText("--tls-cert", files.certFile);
  const key = await readText("--tls-key", files.keyFile);
  const certificate = parseAs("--tls-cert", files.certFile, () => new X509Certificate(cert));
  const privateKey = parseAs("--tls-key", files.keyFile, () => createPrivateKey(key));
  if (!isPair(certificate, privateKey)) {
    throw new UsageError(
      `--tls-key is not the key of --tls-cert: ${files.keyFile}, ${files.certFile}`,
    );
  }
  // One form for all: Deno takes fewer kinds of PEM than OpenSSL writes.
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { cert, key: pkcs8, sentence: `from ${files.certFile}` };
}

/**
 * Takes the kept certificate, or makes and keeps a new one in `folder` when there is none, when it
 * does not name all of `names`, or when it nears its end. Both files are for their owner only.
 *
 * @param nowMs Ms since the Unix epoch.
 * @throws {UsageError} If the folder cannot be written.
 */
export async function keepTls(
  folder: string,
  names: readonly string[],
  nowMs: number,
): Promise<LoadedTls> {
  const certFile = `${folder}/cert.pem`;
  const keyFile = `${folder}/key.pem`;
  const kept = await readKept(certFile, keyFile);
  const reason = kept === null ? "there was none to use" : renewalReason(kept.cert, names, nowMs);
  if (kept !== null && reason === null) {
    return { ...kept, sentence: `kept one for ${names.join(", ")}` };
  }
  const made = await makeCertificate(names, nowMs);
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeSecret(keyFile, made.key);
    await writeSecret(certFile, made.cert);
  } catch (error) {
    throw new UsageError(`Cannot keep the certificate in ${folder}: ${(error as Error).message}`);
  }
  return { ...made, sentence: `made for ${names.join(", ")} (${reason})` };
}

async function readKept(certFile: string, keyFile: string): Promise<KeyPair | null> {
  try {
    const cert = await Deno.readTextFile(certFile);
    const key = await Deno.readTextFile(keyFile);
    // A key cut short by a full disk, or one that a crash left beside an older certificate, would
    // otherwise fail at every start.
    const privateKey = createPrivateKey(key);
    return isPair(new X509Certificate(cert), privateKey) ? { cert, key } : null;
  } catch {
    return null;
  }
}

/** Whether a private key is the one that a certificate vouches for. */
function isPair(certificate: X509Certificate, privateKey: KeyObject): boolean {
  const own = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return own.equals(certificate.publicKey.export({ type: "spki", format: "der" }));
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function writeSecret(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text, { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
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
    throw new UsageError(`${flag}: ${path} is not what it should be: a PEM file is expected`);
  }
}
