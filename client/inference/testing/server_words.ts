import type { FrameResultMessage } from "@/protocol";

/** The server's clock is this far ahead of the page's. */
export const SERVER_AHEAD_MS = 50_000;

/** What the server found in a frame that it has had for 20 ms: a dog. */
export function resultOf(
  frameId: number,
  nowMs: number,
  more: Partial<FrameResultMessage> = {},
): FrameResultMessage {
  return {
    frame_id: String(frameId),
    capture_ts: null,
    recv_ts: nowMs + SERVER_AHEAD_MS - 20,
    inference_ts: nowMs + SERVER_AHEAD_MS - 5,
    detections: [{ label: "dog", score: 0.9, xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 }],
    model_id: "m",
    stages_ms: { run: 12 },
    queue_ms: 2,
    ...more,
  };
}

/** Its answer to the page's latest message, which asked for its time. */
export function pongTo(texts: readonly string[], nowMs: number) {
  const { nonce } = JSON.parse(texts.at(-1)!);
  return { type: "clock-pong", nonce, time_ms: nowMs + SERVER_AHEAD_MS };
}
