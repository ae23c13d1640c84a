import { readHealth } from "../load/app.ts";

/** What the inference process has carried so far; `null` without one. */
export interface ServerReading {
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Asks the app. It says what its last heartbeat said, which is a quarter of a second old at most. */
export async function readServer(origin: string): Promise<ServerReading | null> {
  const { inference } = await readHealth(origin);
  if (!inference?.process) return null;
  const { bytesReceived, bytesSent } = inference.process;
  return { atMs: performance.now(), receivedBytes: bytesReceived, sentBytes: bytesSent };
}

/** Frames that came and results that went; `null`: there is no such process, or another one now. */
export function serverRates(before: ServerReading | null, after: ServerReading | null) {
  const elapsedMs = before && after ? after.atMs - before.atMs : 0;
  const rate = (key: "receivedBytes" | "sentBytes") => {
    const bytes = before && after ? after[key] - before[key] : -1;
    return bytes >= 0 && elapsedMs > 0 ? bytes * 8 / elapsedMs : null;
  };
  return { "server_uplink_kbps": rate("receivedBytes"), "server_downlink_kbps": rate("sentBytes") };
}
