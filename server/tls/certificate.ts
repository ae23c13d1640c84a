import { X509Certificate } from "node:crypto";
import type { KeyPair } from "../base/listen.ts";
import {
  bitString,
  booleanTrue,
  der,
  integer,
  objectId,
  octetString,
  pem,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** iOS refuses certificates that are valid for longer than 398 days; one day for odd clocks. */
export const VALIDITY_DAYS = 397;

/** Remade when fewer are left: longer than anybody leaves a demo running, short of surprises. */
export const RENEW_BEFORE_DAYS = 30;

const DAY_MS = 86_400_000;

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/**
 * Makes a self-signed server certificate (X.509 v3, ECDSA P-256) for `names`: host names and IP
 * addresses, IPv6 without brackets. Valid from an hour before `nowMs`, for phones whose clock is
 * behind. Source: RFC 5280; limits of Apple's "Requirements for trusted certificates in iOS 13".
 */
export async function makeCertificate(names: readonly string[], nowMs: number): Promise<KeyPair> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const publicKey = await crypto.subtle.exportKey("spki", keys.publicKey);
  const body = toBeSigned(names, { nowMs, publicKey: new Uint8Array(publicKey) });
  const signature = await crypto.subtle.sign(algorithm, keys.privateKey, body);
  const certificate = sequence(
    body,
    sequence(objectId(OID.ecdsaWithSha256)),
    bitString(toDerSignature(new Uint8Array(signature))),
  );
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", new Uint8Array(privateKey)),
  };
}

/**
 * Why a certificate of ours has to be made anew, as the end of a sentence; `null` if it will do. A
 * name too many does no harm, and a phone that trusts a certificate must not be asked again for it.
 */
export function renewalReason(
  cert: string,
  names: readonly string[],
  nowMs: number,
): string | null {
  const certificate = parsed(cert);
  if (certificate === null) return "the kept one cannot be read";
  const named = namesIn(certificate);
  const missing = names.map(canonical).filter((name) => !named.has(name));
  if (missing.length > 0) return `${missing.join(", ")} is new`;
  if (nowMs < Date.parse(certificate.validFrom)) return "the kept one is of a time to come";
  return leftMs(certificate, nowMs) < RENEW_BEFORE_DAYS * DAY_MS
    ? "the kept one nears its end"
    : null;
}

/** Whether a certificate holds at a time, and for a while longer. */
export function holdsAt(cert: string, nowMs: number, aheadMs = 0): boolean {
  const certificate = parsed(cert);
  return certificate !== null && Date.parse(certificate.validFrom) <= nowMs &&
    leftMs(certificate, nowMs) > aheadMs;
}

function leftMs(certificate: X509Certificate, nowMs: number): number {
  return Date.parse(certificate.validTo) - nowMs;
}

function toBeSigned(
  names: readonly string[],
  { nowMs, publicKey }: { nowMs: number; publicKey: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const name = sequence(
    set(sequence(objectId(OID.organization), utf8String("Peerlens"))),
    set(sequence(objectId(OID.commonName), utf8String("Peerlens on this computer"))),
  );
  const fromMs = nowMs - 3_600_000;
  return sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(16))),
    sequence(objectId(OID.ecdsaWithSha256)),
    name,
    sequence(time(fromMs), time(fromMs + VALIDITY_DAYS * DAY_MS)),
    name,
    publicKey,
    der(0xa3, sequence(...extensions(names))),
  );
}

function extensions(names: readonly string[]): Uint8Array[] {
  const critical = (id: string, value: Uint8Array) =>
    sequence(objectId(id), booleanTrue(), octetString(value));
  const plain = (id: string, value: Uint8Array) => sequence(objectId(id), octetString(value));
  return [
    // An empty sequence: not an authority, so its key can vouch for nobody else.
    critical(OID.basicConstraints, sequence()),
    // Bit 0, digitalSignature: all that TLS with ECDHE needs.
    critical(OID.keyUsage, bitString(Uint8Array.of(0x80), 7)),
    plain(OID.extendedKeyUsage, sequence(objectId(OID.serverAuth))),
    plain(OID.subjectAltName, sequence(...names.map(generalName))),
  ];
}

/** RFC 5280 section 4.2.1.6: `[2]` a DNS name, `[7]` the bytes of an address. */
function generalName(name: string): Uint8Array {
  const address = addressBytes(name);
  return address === null ? der(0x82, new TextEncoder().encode(name)) : der(0x87, address);
}

/** The 4 or 16 bytes of an IP address; `null` for a name. */
function addressBytes(name: string): Uint8Array | null {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return Uint8Array.from(name.split("."), Number);
  if (!name.includes(":")) return null;
  const [head, tail] = canonical(name).split("::");
  const groups = (part: string | undefined) => part ? part.split(":") : [];
  const gap = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(gap).fill("0"), ...groups(tail)];
  return Uint8Array.from(all.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }));
}

/** One spelling of each address: the URL parser's. */
function canonical(name: string): string {
  return name.includes(":") ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name;
}

/** WebCrypto gives r and s side by side; certificates want them as a sequence of integers. */
function toDerSignature(signature: Uint8Array): Uint8Array {
  const half = signature.byteLength / 2;
  return sequence(integer(signature.subarray(0, half)), integer(signature.subarray(half)));
}

function namesIn(certificate: X509Certificate): Set<string> {
  const entries = (certificate.subjectAltName ?? "").split(", ");
  return new Set(entries.map((entry) => canonical(entry.replace(/^(DNS|IP Address):/, ""))));
}

function parsed(cert: string): X509Certificate | null {
  try {
    return new X509Certificate(cert);
  } catch {
    return null;
  }
}
