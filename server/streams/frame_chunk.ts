import { encodeChunk, type RelayFrame } from "@/protocol";
import { logName } from "../base/secrets.ts";
import type { Account } from "../inference/account.ts";
import { holderOf, type RoomPage } from "../link/page.ts";

/**
 * A picture that this server has itself, as the frame of a stream.
 * @param clockOffsetMs Its own clock's to the server's; `null`: not known.
 */
export function wholeChunk(
  { jpeg, ...frame }: RelayFrame,
  clockOffsetMs: number | null,
): Uint8Array<ArrayBuffer> {
  return encodeChunk({
    ...frame,
    captureTimeMs: clockOffsetMs === null ? null : frame.captureTimeMs + clockOffsetMs,
    captureClock: clockOffsetMs === null ? null : "phone",
    chunkIndex: 0,
    chunkCount: 1,
    jpegBytes: jpeg.length,
    offsetBytes: 0,
    ageMs: 0,
    payload: jpeg,
  });
}

/** Secrets of rooms and addresses of people are not for where native code reads what strangers send. */
export function accountOf(viewer: RoomPage): Account {
  const { address, roomId, isTrusted } = holderOf(viewer);
  return { address: logName(address), room: logName(roomId), isTrusted };
}
