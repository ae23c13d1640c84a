import type { OpenedTopic, OpenTopic } from "../link/topic.ts";
import type { TransportKind } from "../link/transport.ts";
import {
  type FrameTransport,
  type FrameTransportIo,
  MAX_MESSAGE_BYTES,
} from "./frame_transport.ts";

/**
 * The stream's own topic on the bulk link, which comes back by itself. Whoever makes the stream uses it,
 * in a Worker or not; here is only known how it stands.
 */
export function openTopicTransport(
  { openTopic, topic }: { readonly openTopic: OpenTopic; readonly topic: number },
  io: FrameTransportIo,
): FrameTransport {
  let opened: OpenedTopic | null = null;
  let kind: TransportKind | null = null;
  const take = () => {
    const before = opened;
    const mine = openTopic(topic);
    opened = mine;
    before?.close();
    const become = (next: TransportKind | null) => {
      if (mine !== opened || next === kind) return;
      kind = next;
      if (kind === null) io.onClose();
      else io.onOpen();
    };
    io.takeTopic(mine.port, {
      onOpen: become,
      onClose: () => become(null),
      onGone() {
        become(null);
        if (mine === opened) take();
      },
    });
  };
  take();
  return {
    get kind() {
      return kind;
    },
    get isOpen() {
      return kind !== null;
    },
    maxMessageBytes: MAX_MESSAGE_BYTES,
    bufferedBytes: 0,
    send: () => false,
    // Who uses it does that.
    giveUp() {},
    close() {
      opened?.close();
      opened = null;
      kind = null;
    },
  };
}
