/** Acts on the server's inference: issue numbers 2, 3, 4 and 6. */
import sharp from "sharp";
import { recordFrame } from "../raw_socket.ts";
import { frameChunkOf } from "../records.ts";
import { secret } from "../room_client.ts";
import {
  ask,
  type Entered,
  enterNew,
  type GuestAct,
  type GuestTools,
  openBulk,
  openStream,
  pause,
  settingsOf,
} from "./act.ts";
import { publicConfig } from "./connection_acts.ts";

/** Rooms of a guest's at the same time, each from an address of its own. */
const ROOMS = 3;

const MODEL_CHANGE_MS = 100;

/** Candidates of one link keep to its rate of messages, or it would be over. */
const CANDIDATE_MS = 40;

/** An offer as a browser writes it, for channels of data and nothing else. */
function offerSdp(): string {
  const fingerprint = Array.from(
    crypto.getRandomValues(new Uint8Array(32)),
    (byte) => byte.toString(16).padStart(2, "0").toUpperCase(),
  ).join(":");
  return [
    ...["v=0", "o=- 46 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"],
    ...["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0"],
    ...[`a=ice-ufrag:${secret().slice(0, 8)}`, `a=ice-pwd:${secret()}${secret().slice(0, 8)}`],
    ...[`a=fingerprint:sha-256 ${fingerprint}`, "a=setup:actpass", "a=sctp-port:5000"],
    ...["a=max-message-size:262144", ""],
  ].join("\r\n");
}

/** Rooms with a stream each, as many as the guest gets. */
async function openStreams(tools: GuestTools, count: number) {
  const { models } = await publicConfig(tools);
  const open: (Entered & { stream: string; topic: number; at: number })[] = [];
  for (let at = 0; at < count && tools.goesOn(); at++) {
    const page = await enterNew(tools, at);
    const stream = page && models.length > 0 && await openStream(tools, page, models[0]!);
    if (page && stream) open.push({ ...page, ...stream, at });
  }
  return { models, open };
}

/** Says something of a stream. */
function say({ peer, stream }: Pick<Entered, "peer"> & { stream: string }, body: object) {
  return peer.send({ type: "inference", stream, body });
}

export const modelChanges: GuestAct = {
  name: "model-changes",
  title: "another model every 100 ms, beside others' streams",
  async run(tools) {
    const { models, open } = await openStreams(tools, ROOMS);
    let tried = 0;
    for (let at = 0; tools.goesOn() && models.length > 0; at++) {
      for (const page of open) {
        const modelId = models[at % models.length]!;
        await say(page, { kind: "settings", settings: settingsOf(modelId) });
        tried += 1;
      }
      await pause(MODEL_CHANGE_MS);
    }
    return { tried, what: `changes among ${models.length} models by ${open.length} streams` };
  },
};

export const rtcPorts: GuestAct = {
  name: "rtc-ports",
  title: "more connections than there are UDP ports",
  async run(tools) {
    let tried = 0;
    while (tools.goesOn()) {
      const { open } = await openStreams(tools, 8);
      for (const page of open) {
        await say(page, { kind: "offer", sdp: offerSdp() });
        tried += 1;
        const answer = await page.peer.until(
          "an answer",
          ({ body }) => body?.kind === "answer" || body?.kind === "offer-refused",
        ).catch(() => null);
        const { kind, cause } = answer?.body ?? {};
        tools.tally(`offer: ${kind ?? "no answer"}${cause === undefined ? "" : ` ${cause}`}`);
      }
      await pause(1_500);
      for (const { peer } of open) {
        await peer.send({ type: "leave" });
        peer.close();
      }
    }
    return { tried, what: "offers of connections by streams of their own" };
  },
};

export const iceCandidates: GuestAct = {
  name: "ice-candidates",
  title: "candidates with names to look up and addresses to speak to",
  async run(tools) {
    const { open } = await openStreams(tools, ROOMS);
    for (const page of open) await say(page, { kind: "offer", sdp: offerSdp() });
    let tried = 0;
    const line = (address: string, type: string) =>
      `candidate:7 1 UDP 2114977791 ${address} ${1024 + tried % 60_000} typ ${type}`;
    while (tools.goesOn()) {
      for (const page of open) {
        const address = [`${crypto.randomUUID()}.local`, "127.0.0.1", "192.168.1.1"][tried % 3]!;
        const type = tried % 6 < 3 ? "host" : "relay";
        const candidate = { candidate: line(address, type), sdpMid: "0" };
        await say(page, { kind: "ice-candidate", candidate });
        tried += 1;
      }
      await pause(CANDIDATE_MS);
    }
    return {
      tried,
      what: "candidates: .local names, this computer, the network, as host and relay",
    };
  },
};

export const costlyPictures: GuestAct = {
  name: "costly-pictures",
  title: "pictures that take long to decode, as frames and by themselves",
  async run(tools) {
    const { open } = await openStreams(tools, ROOMS);
    const [costly, dear] = [await manyScans(4096, 32), await plain(640)];
    let tried = 0;
    const streams = await Promise.all(open.map(async (page) => ({
      ...page,
      bulk: await openBulk(page, tools.target(page.at)),
    })));
    for (let frameId = 1; tools.goesOn(); frameId++) {
      for (const { peer, bulk, topic, room, at } of streams) {
        // As fast as a camera can be: its share is what it gets.
        for (const [side, jpeg] of [[640, dear], [4096, costly]] as const) {
          if (side > 640 && frameId % 10 > 0) continue;
          const frame = {
            frameId: frameId * 2 + Number(side > 640),
            widthPx: side,
            heightPx: side,
          };
          await bulk?.socket.write(recordFrame(frameChunkOf({ ...frame, jpeg }), topic));
          tried += 1;
        }
        if (frameId % 10 > 0) continue;
        await peer.send({ type: "ping", nonce: frameId });
        const { status } = await ask(tools.target(at), "POST /api/detect", {
          headers: {
            "Content-Type": "image/jpeg",
            Authorization: `Bearer ${room.owner}`,
            "X-Peerlens-Room": room.roomId,
          },
          body: costly,
        });
        tools.tally(`/api/detect: ${status}`);
        tried += 1;
      }
      await pause(20);
    }
    return { tried, what: "JPEGs of 4096² in 32 scans, and frames of 640² 50 times a second" };
  },
};

async function plain(side: number): Promise<Uint8Array> {
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const create = { width: side, height: side, channels: 3, background: "grey", noise } as const;
  return new Uint8Array(await sharp({ create }).jpeg({ quality: 80 }).toBuffer());
}

/** A progressive JPEG whose last scan comes again and again. */
async function manyScans(side: number, scans: number): Promise<Uint8Array> {
  const create = { width: side, height: side, channels: 3, background: "navy" } as const;
  const jpeg = new Uint8Array(await sharp({ create }).jpeg({ progressive: true }).toBuffer());
  let last = -1;
  for (let at = 0; at < jpeg.length - 1; at++) {
    if (jpeg[at] === 0xff && jpeg[at + 1] === 0xda) last = at;
  }
  const end = jpeg.subarray(jpeg.length - 2);
  const scan = jpeg.subarray(last, jpeg.length - 2);
  return new Uint8Array(
    await new Blob([jpeg.subarray(0, last), ...Array(scans).fill(scan), end]).arrayBuffer(),
  );
}
