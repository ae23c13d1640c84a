// What connections carry, from `RTCPeerConnection.getStats()`. Pure.

/** Bytes that a connection has carried so far. */
export interface CarriedBytes {
  readonly sent: number;
  readonly received: number;
}

/** Rates over all readings; `null`: not measured. */
export interface TrafficRates {
  readonly sentKbps: number | null;
  readonly receivedKbps: number | null;
}

/** What is read of an entry of a report. */
interface Entry {
  readonly type: string;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
}

/**
 * Adds up the transports of a report, or the candidate pairs where the browser has no transports
 * (Firefox); `null` where it has neither.
 */
export function carriedBytes(
  report: { forEach(visit: (entry: Entry) => void): void },
): CarriedBytes | null {
  const entries: Entry[] = [];
  report.forEach((entry) => entries.push(entry));
  const transports = entries.filter(({ type }) => type === "transport").filter(hasBytes);
  const paths = transports.length > 0
    ? transports
    : entries.filter(({ type, nominated }) => type === "candidate-pair" && nominated === true)
      .filter(hasBytes);
  if (paths.length === 0) return null;
  return {
    sent: paths.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    received: paths.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0),
  };
}

function hasBytes(
  entry: Entry,
): entry is Entry & { readonly bytesSent: number; readonly bytesReceived: number } {
  return entry.bytesSent !== undefined && entry.bytesReceived !== undefined;
}

/** Frames of video that a connection has brought so far; `null`: it says nothing of any. */
export function receivedFrames(
  report: { forEach(visit: (entry: VideoEntry) => void): void },
): number | null {
  let frames: number | null = null;
  report.forEach(({ type, kind, framesReceived, framesDecoded }) => {
    if (type !== "inbound-rtp" || kind !== "video") return;
    const count = framesReceived ?? framesDecoded;
    if (count !== undefined) frames = (frames ?? 0) + count;
  });
  return frames;
}

/** What is read of an entry of a report. */
interface VideoEntry {
  readonly type: string;
  readonly kind?: string;
  readonly framesReceived?: number;
  readonly framesDecoded?: number;
}

interface Reading {
  readonly atMs: number;
  readonly source: object;
  readonly carried: CarriedBytes;
}

/**
 * Adds up the growth between neighbouring readings of one connection. What another one carried
 * before its first reading is not known to belong here, nor is the time until then.
 */
export class TrafficMeter {
  #last: Reading | null = null;
  #sent = 0;
  #received = 0;
  #coveredMs = 0;

  /**
   * Takes a reading.
   * @param source Whose it is: from another one on, counting begins anew.
   * @param carried `null`: nothing could be read.
   */
  add(atMs: number, source: object, carried: CarriedBytes | null): void {
    if (carried === null) {
      this.#last = null;
      return;
    }
    const last = this.#last;
    this.#last = { atMs, source, carried };
    const sent = carried.sent - (last?.carried.sent ?? 0);
    const received = carried.received - (last?.carried.received ?? 0);
    // A count that fell is of a fresh connection to the same phone.
    if (last === null || last.source !== source || sent < 0 || received < 0) return;
    this.#sent += sent;
    this.#received += received;
    this.#coveredMs += atMs - last.atMs;
  }

  /** Bits a millisecond are kbit/s. */
  get rates(): TrafficRates {
    const rate = (bytes: number) => this.#coveredMs > 0 ? bytes * 8 / this.#coveredMs : null;
    return { sentKbps: rate(this.#sent), receivedKbps: rate(this.#received) };
  }

  /** Begins anew, with the next reading. */
  reset(): void {
    this.#last = null;
    this.#sent = 0;
    this.#received = 0;
    this.#coveredMs = 0;
  }
}
