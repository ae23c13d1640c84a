import { joinBytes } from "@/protocol";

/** A longer picture is none of our encoder's. */
export const MAX_JPEG_BYTES = 3 * 1024 * 1024;

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** Where in a picture the next byte stands. */
type Place =
  /** Before a marker's 0xff, or between it and its letter. */
  | { readonly kind: "marker"; readonly isOpen: boolean }
  /** In a segment: `bytes` more, of which the first two tell how many; `null`: not yet known. */
  | {
    readonly kind: "segment";
    readonly isScan: boolean;
    left: number | null;
    first: number | null;
  }
  /** In the entropy-coded data, which holds no marker but those of restarts. */
  | { readonly kind: "scan"; isOpen: boolean };

/** Takes JPEGs, one behind the other, apart, however the stream is cut: at the end marker of each. */
export class JpegSplitter {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #place: Place = { kind: "marker", isOpen: false };

  /** @throws {RangeError} If these are no JPEGs. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const jpegs: Uint8Array<ArrayBuffer>[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (!this.#step(bytes[at]!)) continue;
      this.#parts.push(bytes.subarray(start, at + 1));
      jpegs.push(this.#take());
      start = at + 1;
    }
    if (start < bytes.length) {
      this.#parts.push(bytes.slice(start));
      this.#bytes += bytes.length - start;
      if (this.#bytes > MAX_JPEG_BYTES) throw new RangeError("Cannot read JPEGs: one is too long");
    }
    return jpegs;
  }

  /** @returns Whether this byte ends a picture. */
  #step(byte: number): boolean {
    const place = this.#place;
    switch (place.kind) {
      case "marker":
        if (!place.isOpen) {
          if (byte !== 0xff) {
            throw new RangeError("Cannot read JPEGs: no marker where one has to be");
          }
          this.#place = { kind: "marker", isOpen: true };
        } else if (byte === EOI) {
          this.#place = { kind: "marker", isOpen: false };
          return true;
        } else if (byte === SOI) {
          this.#place = { kind: "marker", isOpen: false };
        } else if (byte !== 0xff) {
          this.#place = { kind: "segment", isScan: byte === SOS, left: null, first: null };
        }
        return false;
      case "segment":
        if (place.first === null) place.first = byte;
        else if (place.left === null) place.left = place.first * 256 + byte - 2;
        else place.left -= 1;
        if (place.left !== null && place.left <= 0) {
          this.#place = place.isScan
            ? { kind: "scan", isOpen: false }
            : { kind: "marker", isOpen: false };
        }
        return false;
      case "scan":
        if (!place.isOpen) {
          place.isOpen = byte === 0xff;
          return false;
        }
        // A byte of data that looks like a marker is followed by 0; restarts are within the scan.
        if (byte === 0 || (byte >= 0xd0 && byte <= 0xd7)) place.isOpen = false;
        else if (byte === EOI) {
          this.#place = { kind: "marker", isOpen: false };
          return true;
        } else if (byte !== 0xff) {
          this.#place = { kind: "segment", isScan: byte === SOS, left: null, first: null };
        }
        return false;
    }
  }

  #take(): Uint8Array<ArrayBuffer> {
    const jpeg = joinBytes(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return jpeg;
  }
}
