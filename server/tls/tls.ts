import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { diskFault, replaceFile, withLock } from "../base/kept_file.ts";
import type { KeyPair } from "../base/listen.ts";
import { holdsAt, makeCertificate, renewalReason } from "./certificate.ts";

/** A certificate and how it came about, for the person at the terminal. */
export interface LoadedTls extends KeyPair {
  readonly sentence: string;
  /** What is not as it should be, and works all the same. */
  readonly warning: string | null;
}

/**
 * Takes the kept certificate, or makes and keeps a new one in `folder` when there is none, when it does not
 * name all of `names`, or when this is not its time. Where nothing can be written it makes do with the kept
 * one as long as that holds, and then with one that lasts until the end of the process. Both files are for
 * their owner only.
 *
 * @param nowMs Ms since the Unix epoch.
 */
export async function keepTls(
  folder: string,
  names: readonly string[],
  nowMs: number,
): Promise<LoadedTls> {
  const files = filesIn(folder);
  try {
    return await withLock(folder, () => keepLocked(files, names, nowMs));
  } catch (error) {
    const fault = diskFault(error);
    if (fault === null) throw error;
    return await makeDo(files, { names, nowMs, fault });
  }
}

interface Files {
  /** The certificate alone, for people and programs that are to trust it. */
  readonly cert: string;
  /** The key and its certificate: one file, so that no crash can part them. */
  readonly pair: string;
}

function filesIn(folder: string): Files {
  return { cert: `${folder}/cert.pem`, pair: `${folder}/key.pem` };
}

async function keepLocked(
  files: Files,
  names: readonly string[],
  nowMs: number,
): Promise<LoadedTls> {
  const kept = await readKept(files);
  const reason = kept === null ? "there was none to use" : renewalReason(kept.cert, names, nowMs);
  const isKept = kept !== null && reason === null;
  const pair = isKept ? kept : await makeCertificate(names, nowMs);
  if (!isKept) await replaceFile(files.pair, `${pair.key}${pair.cert}`);
  if (await readIfThere(files.cert) !== pair.cert) await replaceFile(files.cert, pair.cert);
  const sentence = isKept
    ? `kept one for ${names.join(", ")}`
    : `made for ${names.join(", ")} (${reason})`;
  return { ...pair, sentence, warning: await closeToOthers(files.pair) };
}

/** Nothing can be written. Phones that trust the kept one shall not be asked again while it holds. */
async function makeDo(
  files: Files,
  { names, nowMs, fault }: {
    readonly names: readonly string[];
    readonly nowMs: number;
    readonly fault: string;
  },
): Promise<LoadedTls> {
  const kept = await readKept(files);
  const where = `Nothing can be written beside ${files.pair}: ${fault}`;
  if (kept !== null && holdsAt(kept.cert, nowMs)) {
    const reason = renewalReason(kept.cert, names, nowMs);
    const lacks = reason === null
      ? null
      : `${where}. The certificate stays as it is, though ${reason}`;
    const warning = lacks ?? await closeToOthers(files.pair);
    return { ...kept, sentence: `kept one for ${names.join(", ")}`, warning };
  }
  const warning = `${where}. Phones will warn of a new certificate after each start`;
  const made = await makeCertificate(names, nowMs);
  return { ...made, sentence: `made for ${names.join(", ")}, and not kept`, warning };
}

async function readKept({ cert: certFile, pair: pairFile }: Files): Promise<KeyPair | null> {
  try {
    const text = await Deno.readTextFile(pairFile);
    const [key] = /^-----BEGIN PRIVATE KEY-----[^]+?-----END PRIVATE KEY-----\n/m.exec(text)!;
    // Earlier versions had the certificate in a file of its own only.
    const inPair = /^-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----\n/m.exec(text)?.[0];
    const cert = inPair ?? await Deno.readTextFile(certFile);
    return isPair(new X509Certificate(cert), createPrivateKey(key)) ? { cert, key } : null;
  } catch {
    // Whatever is wrong with it, it would be so at every start.
    return null;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  return await Deno.readTextFile(path).catch(() => null);
}

/** @returns What to warn of: the key may have been read. */
async function closeToOthers(path: string): Promise<string | null> {
  // Windows has no such modes.
  const { mode } = await Deno.stat(path);
  if (mode === null || (mode & 0o077) === 0) return null;
  const was = `Others on this computer could read ${path}, the key of the certificate`;
  try {
    await Deno.chmod(path, 0o600);
    return `${was}. Now they cannot. Where somebody may have, delete it, and a new one is made`;
  } catch {
    return `${was}, and still can: it cannot be changed`;
  }
}

/** Whether a private key is the one that a certificate vouches for. */
export function isPair(certificate: X509Certificate, privateKey: KeyObject): boolean {
  const own = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return own.equals(certificate.publicKey.export({ type: "spki", format: "der" }));
}
