import ndc, { type DataChannel } from "node-datachannel";
import { encodeFrame, INFERENCE_CHANNELS, type OutgoingFrame } from "@/protocol";
import { aboutStream } from "./fake_process.ts";
import type { StreamingPage } from "./pages.ts";

/** The two DataChannels of a page's stream, open. */
export interface RtcPage extends AsyncDisposable {
  /** Sends a frame in messages of at most 64 KiB. */
  send(frame: OutgoingFrame): void;
  /** The next text on the results channel. */
  next(): Promise<string>;
}

/** Negotiates a page's DataChannels over its signalling, as its browser does. */
export async function connectRtc(page: StreamingPage): Promise<RtcPage> {
  const { frames, results, maxPacketLifeTimeMs } = INFERENCE_CHANNELS;
  const connection = new ndc.PeerConnection("page", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const [up, down] = [frames, results].map(({ label, id }) =>
    connection.createDataChannel(label, {
      negotiated: true,
      id,
      unordered: true,
      maxPacketLifeTime: maxPacketLifeTimeMs,
    })
  ) as [DataChannel, DataChannel];
  const texts: string[] = [];
  let wake = () => {};
  down.onMessage((text) => {
    texts.push(String(text));
    wake();
  });
  const isOpen = Promise.all(
    [up, down].map((channel) => new Promise<void>((resolve) => channel.onOpen(resolve))),
  );
  const say = (body: Parameters<typeof aboutStream>[1]) =>
    void page.client.sendText(JSON.stringify(aboutStream(page.stream, body)));
  connection.onLocalDescription((sdp) => say({ kind: "offer", sdp }));
  connection.onLocalCandidate((line, sdpMid) =>
    say({
      kind: "ice-candidate",
      candidate: { candidate: line.replace(/^a=/, ""), sdpMid },
    })
  );
  connection.setLocalDescription("offer");
  for (let isOver = false; !isOver;) {
    const body = await page.next();
    if (body.kind === "answer") connection.setRemoteDescription(body.sdp, "answer");
    else if (body.kind !== "ice-candidate") throw new Error(`Cannot connect: ${body.kind}`);
    else if (body.candidate === null) isOver = true;
    else connection.addRemoteCandidate(body.candidate.candidate, "0");
  }
  await isOpen;
  return {
    send: (frame) => {
      for (const chunk of encodeFrame(frame, 65_536)) up.sendMessageBinary(chunk);
    },
    next: async () => {
      while (texts.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return texts.shift()!;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) =>
        connection.onStateChange((state) => state === "closed" && resolve())
      );
      connection.close();
      await closed;
    },
  };
}
