/**
 * As much of DER (ITU-T X.690) as a certificate needs: every value is tag, length, content. A
 * library would bring an ASN.1 compiler and a global metadata polyfill for this one document.
 */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** Any value: a tag byte and its content, shorter than 64 KiB. */
export function der(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.byteLength, 0);
  const header = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  let offset = header.length;
  for (const part of content) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** An ordered list of values. */
export function sequence(...values: readonly Uint8Array[]): Bytes {
  return der(TAG.sequence, ...values);
}

/** A set of one value; more would have to be sorted. */
export function set(value: Uint8Array): Bytes {
  return der(TAG.set, value);
}

/** A non-negative integer, given as big-endian bytes. */
export function integer(magnitude: Uint8Array): Bytes {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const trimmed = start < 0 ? new Uint8Array(1) : magnitude.subarray(start);
  // A leading one bit would make it negative.
  return trimmed[0]! >= 0x80
    ? der(TAG.integer, new Uint8Array(1), trimmed)
    : der(TAG.integer, trimmed);
}

/** True. False is a default everywhere here, and DER leaves defaults out. */
export function booleanTrue(): Bytes {
  return der(TAG.boolean, Uint8Array.of(0xff));
}

/** Bits, of which the last `unused` of the last byte do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Bytes {
  return der(TAG.bitString, Uint8Array.of(unused), bytes);
}

/** Bytes. */
export function octetString(bytes: Uint8Array): Bytes {
  return der(TAG.octetString, bytes);
}

/** Text. */
export function utf8String(text: string): Bytes {
  return der(TAG.utf8String, new TextEncoder().encode(text));
}

/** An object identifier in dotted form, such as `2.5.29.17`. */
export function objectId(dotted: string): Bytes {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes = [first! * 40 + second!, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    return septets;
  });
  return der(TAG.objectId, Uint8Array.from(bytes));
}

/** A time in whole seconds; RFC 5280 section 4.1.2.5 wants the short form until 2049. */
export function time(ms: number): Bytes {
  const digits = new Date(ms).toISOString().replace(/\.\d+/, "").replaceAll(/[-:T]/g, "");
  const short = new Date(ms).getUTCFullYear() < 2050;
  const text = new TextEncoder().encode(short ? digits.slice(2) : digits);
  return der(short ? TAG.utcTime : TAG.generalizedTime, text);
}

/** Wraps bytes as PEM (RFC 7468). */
export function pem(label: string, bytes: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
