import { shareOf } from "./http/body_shares.ts";

/** A body that takes longer is somebody holding the connection open. */
const BODY_TIMEOUT_MS = 10_000;

/** Why a body was not taken. `no-room`: others that are half read leave it none. */
export type BodyFault = "too-large" | "too-slow" | "broken" | "no-room";

/** How a form is answered that was not read, which says nothing of what stands in it. */
export const UNREAD_FORM = {
  "too-large": { status: 413, message: "That is too long." },
  "too-slow": { status: 408, message: "The form did not arrive in time. Try again." },
  broken: { status: 400, message: "The form did not arrive whole. Try again." },
  "no-room": { status: 503, message: "The server is busy. Try again." },
} as const satisfies Record<BodyFault, { status: number; message: string }>;

/** Reads the body of a request within bounds of size and time. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | BodyFault> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return "too-large";
  const share = shareOf(request);
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, BODY_TIMEOUT_MS);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for (let part = await reader.read(); part.value; part = await reader.read()) {
      bytes += part.value.byteLength;
      if (bytes > maxBytes) {
        reader.cancel().catch(() => {});
        return "too-large";
      }
      if (share?.take(part.value.byteLength) === false) {
        reader.cancel().catch(() => {});
        return "no-room";
      }
      chunks.push(part.value as Uint8Array<ArrayBuffer>);
    }
  } catch {
    return "broken";
  } finally {
    clearTimeout(timer);
    share?.free();
  }
  return isLate ? "too-slow" : await new Blob(chunks).bytes();
}
