import { MAX_RESULT_CHARS } from "@/protocol";
import type { OpenTopic } from "../link/bulk.ts";
import { type FrameWay, type FrameWayIo, MAX_MESSAGE_BYTES } from "./frame_way.ts";

/** Its answer shows that the way works, there and back. */
const FIRST_PING = JSON.stringify({ type: "clock-ping", nonce: 0 });

/** The stream's own topic on the bulk link. */
export function openLinkWay(
  { openTopic, topic: number }: { readonly openTopic: OpenTopic; readonly topic: number },
  io: FrameWayIo,
): FrameWay {
  let isOpen = false;
  let isOver = false;
  const close = () => {
    isOver = true;
    topic.close();
  };
  const topic = openTopic(number, {
    onLinked(isLinked) {
      if (isLinked) return void topic.send(FIRST_PING);
      // Before it was open it may still come.
      if (!isOpen || isOver) return;
      close();
      io.onClose();
    },
    onData(data) {
      if (isOver || typeof data !== "string" || data.length > MAX_RESULT_CHARS) return;
      if (!isOpen) {
        isOpen = true;
        io.onOpen();
      }
      io.onText(data);
    },
  });
  topic.send(FIRST_PING);
  return {
    get transport() {
      return topic.transport ?? "websocket";
    },
    maxMessageBytes: MAX_MESSAGE_BYTES,
    get bufferedBytes() {
      return topic.bufferedBytes;
    },
    send: (message) => isOpen && !isOver && topic.send(message),
    receive() {},
    close() {
      // Given up for its silence, perhaps: others on the link are to know soon.
      topic.check();
      close();
    },
  };
}
