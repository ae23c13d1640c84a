import type { RoomId, ZoneEvent } from "@/protocol";

/** One request that a receiver got. */
export interface Received {
  readonly headers: Headers;
  readonly text: string;
}

/** A real receiver of a webhook on this machine. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: Received[];
}

/** Starts a receiver; `answer` is asked for each request, with how many came before. */
export function openReceiver(
  answer: (index: number) => Response | Promise<Response>,
  port = 0,
): Receiver {
  const requests: Received[] = [];
  const server = Deno.serve(
    { port, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const text = await request.text();
      requests.push({ headers: request.headers, text });
      return await answer(requests.length - 1);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/in`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The smallest thing that begins as a JPEG does. */
const JPEG = btoa(String.fromCharCode(0xff, 0xd8, 0xff, 0xe0, 0, 0));

export const ROOM = "room-of-22-characters-" as RoomId;

/** An event with an id of its own. */
export function eventOf(number = 1, change: Partial<ZoneEvent> = {}): ZoneEvent {
  return {
    id: `event-${String(number).padStart(16, "0")}`,
    kind: "enter",
    lost: false,
    zone: { id: "z1", name: "Door" },
    label: "person",
    track_id: 7,
    score: 0.9,
    box: { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 },
    capture_ts: 1_790_000_000_000,
    capture_clock: "captureTime",
    clock_error_ms: 15,
    model_id: "m",
    snapshot: { type: "image/jpeg", width_px: 640, height_px: 480, mirrored: false, data: JPEG },
    ...change,
  };
}
