import type { Page } from "playwright-core";

/** What the phone's connections have carried so far, by `getStats()` of its own browser. */
export interface PhoneReading {
  /** When it was read, ms of the phone's own monotonic clock. */
  readonly atMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Frames that its camera gave; `null` where the browser does not say. */
  readonly captured: number | null;
}

/** Runs in the viewer's page before anything else: its user has agreed to server mode before. */
export function agreeToServer(): void {
  try {
    localStorage.setItem("peerlens.consent.server", "given");
  } catch {
    // The empty page at the start has no storage.
  }
}

/** Reads the connections of a page with {@linkcode keepConnections}. */
export function readPhone(page: Page): Promise<PhoneReading> {
  return page.evaluate(async () => {
    let sentBytes = 0;
    let receivedBytes = 0;
    let captured: number | null = null;
    const open = (globalThis.peerlensConnections ?? [])
      .filter(({ connectionState }) => connectionState !== "closed");
    const reports = await Promise.all(open.map((connection) => connection.getStats()));
    for (const report of reports) {
      report.forEach((entry) => {
        if (entry.type === "transport") {
          sentBytes += entry.bytesSent ?? 0;
          receivedBytes += entry.bytesReceived ?? 0;
        }
        if (entry.type === "media-source" && entry.kind === "video") {
          captured = (captured ?? 0) + (entry.frames ?? 0);
        }
      });
    }
    return { atMs: performance.now(), sentBytes, receivedBytes, captured };
  });
}

/** What a phone did between two readings. */
export interface PhoneFigures {
  readonly uplinkKbps: number | null;
  readonly downlinkKbps: number | null;
  readonly captured: number | null;
}

/** A connection that was made anew counts from 0: then nothing can be said. */
export function phoneFigures(before: PhoneReading, after: PhoneReading): PhoneFigures {
  const elapsedMs = after.atMs - before.atMs;
  const rate = (bytes: number) => bytes >= 0 && elapsedMs > 0 ? bytes * 8 / elapsedMs : null;
  const isKnown = before.captured !== null && after.captured !== null;
  const captured = isKnown ? after.captured! - before.captured! : null;
  return {
    uplinkKbps: rate(after.sentBytes - before.sentBytes),
    downlinkKbps: rate(after.receivedBytes - before.receivedBytes),
    captured: captured !== null && captured >= 0 ? captured : null,
  };
}
