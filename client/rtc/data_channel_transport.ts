import { type IceServer, INFERENCE_CHANNELS } from "@/protocol";
import { ChannelPair } from "../link/channel_pair.ts";
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
  const channels = {
    frames: openChannel(connection, INFERENCE_CHANNELS.frames),
    results: openChannel(connection, INFERENCE_CHANNELS.results),
  };
  let isOver = false;
  let isTakenOpen = false;
  const close = () => {
    if (isOver) return;
    isOver = true;
    pair?.leave();
    negotiation.close();
    connection.close();
  };
  const end = () => {
    if (isOver) return;
    close();
    io.onClose();
  };
  const isTaken = io.takeChannels?.(channels, {
    onOpen() {
      if (isOver) return;
      isTakenOpen = true;
      io.onOpen();
    },
    onClose: end,
  });
  const pair = isTaken
    ? null
    : new ChannelPair(channels, { onOpen: io.onOpen, onClose: end, onText: io.onText }, io.log);
  connection.addEventListener("connectionstatechange", () => {
    if (connection.connectionState === "failed") end();
  });

  return {
    kind: "datachannel",
    get isOpen() {
      return pair?.isOpen ?? (isTakenOpen && !isOver);
    },
    get maxMessageBytes() {
      const size = connection.sctp?.maxMessageSize ?? DEFAULT_MESSAGE_BYTES;
      return Math.min(size, MAX_MESSAGE_BYTES);
    },
    get bufferedBytes() {
      return pair?.bufferedBytes ?? 0;
    },
    send: (message) => pair?.send(message) ?? false,
    receive(body) {
      // Another is not made at once: frames go elsewhere meanwhile.
      if (body.kind === "offer-refused") return end();
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
