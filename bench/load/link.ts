import ndc, { type DataChannel } from "node-datachannel";
import {
  type FromServerMessage,
  INFERENCE_CHANNELS,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import { joinMessage, newRoom, secret } from "../room_secrets.ts";
import { messageIn, recordOf } from "../records.ts";

/** How a stream to the server is opened. */
export interface LinkOptions {
  /** Of the app, such as `http://localhost:49152`. */
  readonly origin: string;
  readonly settings: StreamSettings;
}

/** A viewer's stream: its control link, and both DataChannels, open. */
export interface StreamLink {
  readonly frames: DataChannel;
  readonly results: DataChannel;
  /** Leaves the room and lets the connection go. */
  close(): void;
}

const OPEN_MS = 10_000;

/** The server closes a link that has been silent three times as long. */
const PING_MS = 8_000;

/**
 * Joins a room of its own, asks for a stream and connects its channels, as a viewer's page does.
 * @throws {Error} If the server refuses, or nothing is open in time.
 */
export async function openLink(options: LinkOptions): Promise<StreamLink> {
  const { origin } = options;
  const room = await newRoom();
  const url = `${origin.replace("http", "ws")}/api/link`;
  // Deno takes headers here, which the DOM's types, shared with the pages' code, do not know.
  const headers = { headers: { Origin: origin } } as unknown as string[];
  const socket = new WebSocket(url, headers);
  socket.binaryType = "arraybuffer";
  const stream = secret() as ToStreamMessage["stream"];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`Cannot open stream in ${OPEN_MS} ms`)), OPEN_MS);
  const say = (message: unknown) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(recordOf(JSON.stringify(message)));
  };
  const ask = (body: ToStreamMessage["body"]) => say({ type: "inference", stream, body });
  let nonce = 0;
  const pings = setInterval(() => say({ type: "ping", nonce: nonce++ }), PING_MS);

  const connection = new ndc.PeerConnection("load", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const open = ({ label, id }: { label: string; id: number }) =>
    connection.createDataChannel(label, {
      negotiated: true,
      id,
      unordered: true,
      maxPacketLifeTime: INFERENCE_CHANNELS.maxPacketLifeTimeMs,
    });
  const frames = open(INFERENCE_CHANNELS.frames);
  const results = open(INFERENCE_CHANNELS.results);
  for (const channel of [frames, results]) {
    channel.onOpen(() => frames.isOpen() && results.isOpen() && resolve());
  }
  connection.onLocalDescription((sdp) => ask({ kind: "offer", sdp }));
  connection.onLocalCandidate((line, sdpMid) => {
    const candidate = { candidate: line.replace(/^a=/, ""), sdpMid };
    ask({ kind: "ice-candidate", candidate });
  });

  const onBody = (body: Extract<FromServerMessage, { type: "inference" }>["body"]) => {
    if (body.kind === "opened") connection.setLocalDescription("offer");
    else if (body.kind === "answer") connection.setRemoteDescription(body.sdp, "answer");
    else if (body.kind === "ended") reject(new Error(`Cannot open stream: ${body.cause}`));
    else if (body.kind === "ice-candidate" && body.candidate !== null) {
      connection.addRemoteCandidate(body.candidate.candidate, body.candidate.sdpMid ?? "0");
    }
  };
  socket.onopen = () => say(joinMessage(room, "owner"));
  socket.onerror = () => reject(new Error(`Cannot reach ${url}`));
  socket.onmessage = ({ data }) => {
    const message = messageIn(new Uint8Array(data)) as FromServerMessage | null;
    if (message === null) return;
    if (message.type === "joined") ask({ kind: "settings", settings: options.settings });
    else if (message.type === "inference") onBody(message.body);
    else if (message.type === "error") reject(new Error(`Cannot join: ${message.message}`));
  };

  const close = () => {
    clearInterval(pings);
    ask({ kind: "close" });
    say({ type: "leave" });
    socket.close();
    connection.close();
  };
  try {
    await promise;
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { frames, results, close };
}
