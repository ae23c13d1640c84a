import { Buffer } from "node:buffer";
import ndc, { type RtpPacketizationConfig, type Track } from "node-datachannel";
import { nowMs } from "../../base/clock.ts";
import { Encoder } from "../../cameras/encoder.ts";
import { FrameNames } from "../../cameras/frame_names.ts";
import { SCENE_FORMAT } from "../../cameras/scene.ts";
import { scenePhoto, sceneSource } from "../../cameras/scene_source.ts";

/**
 * Stands in for go2rtc or MediaMTX: a process that serves the drawn scene at `POST /whep?src=yard`, and
 * writes its port on standard output, then what is asked of it, a line each. Ends with its input.
 */

/** What plays to one page. */
interface Playing {
  readonly track: Track;
  readonly rtp: RtpPacketizationConfig;
  hasKey: boolean;
  close(): void;
}

const playing = new Map<string, Playing>();
const names = new FrameNames();
const encoder = new Encoder("ffmpeg", SCENE_FORMAT, {
  onUnit({ nals, isKey, rtpTimestamp }) {
    for (const one of playing.values()) {
      if (!one.track.isOpen() || (!isKey && !one.hasKey)) continue;
      one.hasKey = true;
      one.rtp.timestamp = rtpTimestamp;
      one.track.sendMessageBinary(Buffer.from(nals.buffer, nals.byteOffset, nals.byteLength));
    }
  },
  onEnd: (lines) => say(`encoder ended: ${lines}`),
  onLine: (line) => say(line),
});
sceneSource({ photo: scenePhoto("ffmpeg"), now: nowMs }, {
  onFormat() {},
  onFrame: (i420, captureTimeMs) => void encoder.encode(i420, names.next(captureTimeMs)),
});

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The number under which a page takes constrained baseline, in whole units. */
function payloadType(offer: string): number {
  for (const [, type] of offer.matchAll(/^a=rtpmap:(\d+) H264\/90000/gm)) {
    const parameters = new RegExp(`^a=fmtp:${type} (.*)$`, "m").exec(offer)?.[1] ?? "";
    if (/packetization-mode=1/.test(parameters) && /profile-level-id=42e0/.test(parameters)) {
      return Number(type);
    }
  }
  throw new TypeError("No H.264 that is known here");
}

/** Answers with all addresses, as WHEP has it. */
async function play(offer: string): Promise<{ answer: string; session: string }> {
  const connection = new ndc.PeerConnection("stand-in", {
    iceServers: [],
    disableAutoNegotiation: true,
  });
  const session = crypto.randomUUID();
  const type = payloadType(offer);
  const done = Promise.withResolvers<void>();
  connection.onGatheringStateChange((state) => state === "complete" && done.resolve());
  const video = new ndc.Video(/^a=mid:(\S+)/m.exec(offer)?.[1] ?? "0", "SendOnly");
  video.addH264Codec(
    type,
    "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
  );
  video.addSSRC(7, "scene", "scene", "scene");
  const track = connection.addTrack(video);
  const rtp = new ndc.RtpPacketizationConfig(7, "scene", type, 90_000);
  const packetizer = new ndc.H264RtpPacketizer("Length", rtp);
  packetizer.addToChain(new ndc.RtcpSrReporter(rtp));
  packetizer.addToChain(new ndc.RtcpNackResponder());
  track.setMediaHandler(packetizer);
  connection.setRemoteDescription(offer, "offer");
  connection.setLocalDescription("answer");
  await done.promise;
  playing.set(session, { track, rtp, hasKey: false, close: () => connection.close() });
  return { answer: connection.localDescription()!.sdp, session };
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const authorization = request.headers.get("authorization") ?? "none";
  say(`${request.method} ${pathname} ${authorization}`);
  if (request.method === "DELETE") {
    const session = pathname.split("/").at(-1)!;
    playing.get(session)?.close();
    playing.delete(session);
    return new Response(null, { status: 200 });
  }
  if (pathname !== "/whep" || searchParams.get("src") !== "yard") {
    return new Response("no such stream", { status: 404 });
  }
  try {
    const { answer, session } = await play(await request.text());
    return new Response(answer, {
      status: 201,
      headers: { "Content-Type": "application/sdp", Location: `/whep/${session}` },
    });
  } catch (error) {
    return new Response(String(error), { status: 500 });
  }
});
say(String((server.addr as Deno.NetAddr).port));
for await (const _ of Deno.stdin.readable);
Deno.exit(0);
