import { Buffer } from "node:buffer";

/** What an RTSP stand-in plays. */
export interface RtspFilm {
  /** Annex B, with parameter sets before each key frame, one access unit after the other. */
  readonly h264: Uint8Array;
  readonly fps: number;
}

/** Payload of one RTP packet, at most. */
const MAX_PAYLOAD_BYTES = 1_400;

/**
 * Stands in for an IP camera: plays one film over and over to whoever asks, by RTSP 1.0 (RFC 2326) with RTP
 * in the same TCP connection, behind a name and a password if it is told one. It knows no UDP, no pause and
 * no audio.
 */
export class RtspStandIn implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #units: readonly (readonly Uint8Array[])[];
  readonly #fps: number;
  readonly #auth: string | null;
  /** Whoever asks is served, but nothing is sent. */
  isStalled = false;
  /** When each picture of the film was sent last, ms since the epoch; by its place in the film. */
  readonly sentAtMs = new Map<number, number>();
  /** Requests that had no or another password. */
  refused = 0;

  constructor({ h264, fps }: RtspFilm, login: { user: string; password: string } | null = null) {
    this.#units = accessUnits(h264);
    this.#fps = fps;
    this.#auth = login && `Basic ${btoa(`${login.user}:${login.password}`)}`;
    void this.#accept();
  }

  /** Where it plays. @param login Goes in front of the host. */
  url(login = ""): string {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return `rtsp://${login === "" ? "" : `${login}@`}127.0.0.1:${port}/stream1`;
  }

  /** Cuts all connections, as a camera does that restarts. */
  cut(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      this.#serve(connection).catch(() => undefined).finally(() => {
        this.#connections.delete(connection);
      });
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    let text = "";
    let playing: Promise<void> | null = null;
    const decoder = new TextDecoder("latin1");
    for await (const bytes of connection.readable) {
      // Receiver reports begin with a dollar; nothing of them matters here.
      text += decoder.decode(bytes, { stream: true });
      for (;;) {
        text = withoutInterleaved(text);
        const end = text.indexOf("\r\n\r\n");
        if (end === -1) break;
        const [first = "", ...fields] = text.slice(0, end).split("\r\n");
        text = text.slice(end + 4);
        const method = first.split(" ")[0]!;
        await this.#answer(connection, method, fields);
        if (method === "PLAY") playing ??= this.#play(connection).catch(() => undefined);
        if (method === "TEARDOWN") return;
      }
    }
  }

  async #answer(connection: Deno.TcpConn, method: string, fields: string[]): Promise<void> {
    const field = (name: string) =>
      fields.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1)
        .trim();
    const cseq = `CSeq: ${field("cseq")}`;
    const say = (status: string, lines: string[], body = "") => {
      const text = `RTSP/1.0 ${status}\r\n${[cseq, ...lines].join("\r\n")}\r\n\r\n${body}`;
      return write(connection, new TextEncoder().encode(text));
    };
    if (this.#auth !== null && method !== "OPTIONS" && field("authorization") !== this.#auth) {
      this.refused += 1;
      return await say("401 Unauthorized", [`WWW-Authenticate: Basic realm="camera"`]);
    }
    switch (method) {
      case "OPTIONS":
        return await say("200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"]);
      case "DESCRIBE": {
        const sdp = this.#sdp();
        const lines = ["Content-Type: application/sdp", `Content-Length: ${sdp.length}`];
        return await say("200 OK", lines, sdp);
      }
      case "SETUP":
        return await say("200 OK", ["Transport: RTP/AVP/TCP;interleaved=0-1", "Session: 1"]);
      default:
        return await say("200 OK", ["Session: 1"]);
    }
  }

  #sdp(): string {
    const sets = this.#units[0]!.filter((nal) => [7, 8].includes(nal[0]! & 31));
    const sprop = sets.map((nal) => Buffer.from(nal).toString("base64")).join(",");
    return [
      ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=camera", "t=0 0"],
      ...["m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000"],
      `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sprop}`,
      ...["a=control:track1", ""],
    ].join("\r\n");
  }

  async #play(connection: Deno.TcpConn): Promise<void> {
    let sequence = 0;
    const startMs = performance.now();
    for (let frame = 0;; frame++) {
      const dueMs = startMs + frame * 1000 / this.#fps;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      if (this.isStalled) continue;
      const timestamp = Math.round(frame * 90_000 / this.#fps);
      const place = frame % this.#units.length;
      const payloads = this.#units[place]!.flatMap(fragments);
      this.sentAtMs.set(place, performance.timeOrigin + performance.now());
      for (const [at, payload] of payloads.entries()) {
        const packet = rtp(payload, at === payloads.length - 1, sequence++, timestamp);
        await write(connection, packet);
      }
    }
  }
}

/** Interleaved in RTSP: a dollar, the channel, the length, then RTP (RFC 3550). */
function rtp(payload: Uint8Array, isLast: boolean, sequence: number, timestamp: number) {
  const packet = new Uint8Array(4 + 12 + payload.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x24;
  view.setUint16(2, 12 + payload.length);
  packet[4] = 0x80;
  packet[5] = 96 | (isLast ? 0x80 : 0);
  view.setUint16(6, sequence & 0xffff);
  view.setUint32(8, timestamp >>> 0);
  view.setUint32(12, 1);
  packet.set(payload, 16);
  return packet;
}

/** RFC 6184 section 5.8. */
function fragments(nal: Uint8Array): Uint8Array[] {
  if (nal.length <= MAX_PAYLOAD_BYTES) return [nal];
  const parts: Uint8Array[] = [];
  for (let at = 1; at < nal.length; at += MAX_PAYLOAD_BYTES) {
    const part = nal.subarray(at, at + MAX_PAYLOAD_BYTES);
    const payload = new Uint8Array(2 + part.length);
    payload[0] = (nal[0]! & 0xe0) | 28;
    const isFirst = at === 1;
    const isLast = at + MAX_PAYLOAD_BYTES >= nal.length;
    payload[1] = (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | (nal[0]! & 31);
    payload.set(part, 2);
    parts.push(payload);
  }
  return parts;
}

/** The NAL units of each picture. A picture ends with its slice: there is one, see `makeFilm()`. */
function accessUnits(h264: Uint8Array): Uint8Array[][] {
  const starts: number[] = [];
  for (let at = 0; at + 3 < h264.length; at++) {
    if (h264[at] === 0 && h264[at + 1] === 0 && h264[at + 2] === 1) starts.push(at + 3);
  }
  const units: Uint8Array[][] = [[]];
  for (const [n, start] of starts.entries()) {
    let end = n + 1 < starts.length ? starts[n + 1]! - 3 : h264.length;
    while (end > start && h264[end - 1] === 0) end--;
    const nal = h264.subarray(start, end);
    units.at(-1)!.push(nal);
    if ([1, 5].includes(nal[0]! & 31) && n + 1 < starts.length) units.push([]);
  }
  return units;
}

/** Takes packets away that stand before the next request. */
function withoutInterleaved(text: string): string {
  while (text.startsWith("$") && text.length >= 4) {
    const length = text.charCodeAt(2) * 256 + text.charCodeAt(3);
    if (text.length < 4 + length) break;
    text = text.slice(4 + length);
  }
  return text;
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Makes a film with ffmpeg's moving test picture. @param args More for the encoder; `inputs`, before it. */
export async function makeFilm(
  path: string,
  { size = "320x240", fps = 15, seconds = 2, args = [], inputs = [] }: {
    readonly size?: string;
    readonly fps?: number;
    readonly seconds?: number;
    readonly args?: readonly string[];
    readonly inputs?: readonly string[];
  } = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-y", "-hide_banner", "-loglevel", "error", "-f", "lavfi"],
      ...["-i", `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`, ...inputs],
      ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-g", String(fps)],
      // One slice a picture, and parameter sets within, where it is raw H.264.
      ...["-x264-params", "slices=1:repeat-headers=1", ...args, path],
    ],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`No film: ${new TextDecoder().decode(stderr)}`);
}

/** A clip's file as raw H.264, as an IP camera sends it: a key frame a second, and no B-frames. */
export async function filmOf(clipPath: string, fps: number): Promise<RtspFilm> {
  const { success, stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-hide_banner", "-loglevel", "error", "-i", clipPath, "-pix_fmt", "yuv420p"],
      ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", String(fps)],
      // Else it would cut each picture into a slice for each.
      ...["-threads", "1"],
      ...["-x264-params", "slices=1:repeat-headers=1", "-f", "h264", "pipe:1"],
    ],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("ffmpeg makes no film");
  return { h264: stdout, fps };
}
