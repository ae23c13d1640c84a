import { MAX_RESULT_CHARS } from "@/protocol";
import type { OpenTopic } from "../link/bulk.ts";
import {
  type FrameTransport,
  type FrameTransportIo,
  MAX_MESSAGE_BYTES,
} from "./frame_transport.ts";

/** Its answer shows that frames get through, there and back. */
const FIRST_PING = JSON.stringify({ type: "clock-ping", nonce: 0 });

/** The stream's own topic on the bulk link, which comes back by itself. */
export function openTopicTransport(
  { openTopic, topic: number }: { readonly openTopic: OpenTopic; readonly topic: number },
  io: FrameTransportIo,
): FrameTransport {
  let isOpen = false;
  const lose = () => {
    if (!isOpen) return;
    isOpen = false;
    io.onClose();
  };
  const topic = openTopic(number, {
    onLinked: (isLinked) => isLinked ? void topic.send(FIRST_PING) : lose(),
    onData(data) {
      if (typeof data !== "string" || data.length > MAX_RESULT_CHARS) return;
      if (!isOpen) {
        isOpen = true;
        io.onOpen();
      }
      io.onText(data);
    },
  });
  topic.send(FIRST_PING);
  return {
    get kind() {
      return topic.transport;
    },
    get isOpen() {
      return isOpen;
    },
    maxMessageBytes: MAX_MESSAGE_BYTES,
    get bufferedBytes() {
      return topic.bufferedBytes;
    },
    send: (message) => isOpen && topic.send(message),
    giveUp() {
      topic.check();
      lose();
      topic.send(FIRST_PING);
    },
    close() {
      isOpen = false;
      topic.close();
    },
  };
}
