declare global {
  var peerlensHistoryRows: unknown;
}

/**
 * Runs in the viewer's page before anything else: leaves rows for its history, see
 * `client/dashboard/given_rows.ts`. Their values are made up, as uneven as real ones: what charts cost
 * hangs on how many points there are and how far lines go up and down, not on what they say.
 */
export function giveMadeUpRows(rows: number): void {
  const uneven = (middle: number) => middle * (0.6 + 0.8 * Math.random());
  globalThis.peerlensHistoryRows = Array.from({ length: rows }, (_, row) => ({
    latencyMedianMs: uneven(70),
    latencyP95Ms: uneven(130),
    receiptMedianMs: uneven(50),
    receiptP95Ms: uneven(100),
    clockErrorMs: uneven(15),
    cameraFps: uneven(28),
    processedFps: uneven(20),
    uplinkKbps: uneven(1500),
    downlinkKbps: uneven(12),
    loadLevel: row % 300 < 280 ? 0 : 1,
    "stage.grab": uneven(0.2),
    "stage.letterbox": uneven(0.6),
    "stage.run": uneven(40),
    "stage.decode": uneven(0.3),
    "stage.nms": uneven(0.1),
    "stage.post": uneven(0.2),
    "drop.superseded": uneven(6),
    "drop.unread": uneven(3),
    "skip.late": row % 7 === 0 ? 1 : 0,
  }));
}
