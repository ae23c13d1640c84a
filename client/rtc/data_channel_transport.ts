import { type IceServer, INFERENCE_CHANNELS, MAX_RESULT_CHARS } from "@/protocol";
import {
  type FrameTransport,
  type FrameTransportIo,
  type FromStreamBody,
  MAX_MESSAGE_BYTES,
} from "./frame_transport.ts";
import { Negotiation, type NegotiationMessage } from "./negotiation.ts";

/** How connections to the server are made. */
export interface DataChannelTransportOptions {
  readonly iceServers: readonly IceServer[];
  createConnection(configuration: RTCConfiguration): RTCPeerConnection;
}

/** What SCTP takes when the other side names no size (RFC 8841, section 6.1). */
const DEFAULT_MESSAGE_BYTES = 65_536;

/** Two DataChannels of a connection of their own; this side offers. */
export function openDataChannelTransport(
  { iceServers, createConnection }: DataChannelTransportOptions,
  io: FrameTransportIo,
): FrameTransport {
  const connection = createConnection({ iceServers: [...iceServers] });
  const negotiation = new Negotiation({
    editsExtensions: false,
    connection,
    // The server never offers.
    polite: true,
    log: io.log,
    send: (message) => io.say(toBody(message)),
  });
  const frames = openChannel(connection, INFERENCE_CHANNELS.frames);
  const results = openChannel(connection, INFERENCE_CHANNELS.results);
  const channels = [frames, results];
  frames.binaryType = "arraybuffer";
  const stop = new AbortController();
  const { signal } = stop;

  const isOpen = () => channels.every(({ readyState }) => readyState === "open");
  const close = () => {
    if (signal.aborted) return;
    stop.abort();
    negotiation.close();
    connection.close();
  };
  const end = () => {
    if (signal.aborted) return;
    close();
    io.onClose();
  };
  for (const channel of channels) {
    channel.addEventListener("open", () => {
      if (isOpen()) io.onOpen();
    }, { signal });
    channel.addEventListener("close", end, { signal });
  }
  connection.addEventListener("connectionstatechange", () => {
    if (connection.connectionState === "failed") end();
  }, { signal });
  results.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.length <= MAX_RESULT_CHARS) io.onText(data);
  }, { signal });

  return {
    kind: "datachannel",
    get isOpen() {
      return !signal.aborted && isOpen();
    },
    get maxMessageBytes() {
      const size = connection.sctp?.maxMessageSize ?? DEFAULT_MESSAGE_BYTES;
      return Math.min(size, MAX_MESSAGE_BYTES);
    },
    get bufferedBytes() {
      return frames.bufferedAmount;
    },
    send(message) {
      if (signal.aborted || !isOpen()) return false;
      try {
        if (typeof message === "string") results.send(message);
        else frames.send(message);
        return true;
      } catch (error) {
        // Its buffer is full: this frame is lost, which its slot will notice.
        io.log(`could not send to the server: ${error}`);
        return false;
      }
    },
    receive(body) {
      const message = fromBody(body);
      if (message !== null) void negotiation.receive(message);
    },
    giveUp: end,
    close,
  };
}

function openChannel(
  connection: RTCPeerConnection,
  { label, id }: { readonly label: string; readonly id: number },
): RTCDataChannel {
  const { maxPacketLifeTimeMs: maxPacketLifeTime } = INFERENCE_CHANNELS;
  return connection.createDataChannel(label, {
    negotiated: true,
    id,
    ordered: false,
    maxPacketLifeTime,
  });
}

function toBody(message: NegotiationMessage) {
  return message.type === "ice-candidate"
    ? { kind: "ice-candidate", candidate: message.candidate } as const
    : { kind: "offer", sdp: message.sdp } as const;
}

function fromBody(body: FromStreamBody): NegotiationMessage | null {
  if (body.kind === "answer") return { type: "answer", sdp: body.sdp };
  if (body.kind === "ice-candidate") return { type: "ice-candidate", candidate: body.candidate };
  return null;
}
