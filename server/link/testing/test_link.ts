import {
  decodeRecord,
  encodeRecord,
  type FromServerMessage,
  LINK_TOPIC,
  MAX_RECORD_BYTES,
  parseFromServer,
} from "@/protocol";
import type { LinkServer } from "../link_socket.ts";
import type { Visitor } from "../../base/visitor.ts";

/** A link without any network. */
export function openTestLink(server: LinkServer, visitor: Visitor) {
  const told: FromServerMessage[] = [];
  const session = server.open({
    send: (record) => {
      const { topic, data } = decodeRecord(record, MAX_RECORD_BYTES)!;
      if (topic === LINK_TOPIC) told.push(parseFromServer(String(data)));
    },
    close: () => {},
    bufferedBytes: () => 0,
  }, visitor);
  return {
    session,
    /** What it was told about link and room. */
    told,
    /** Says something about link or room: a message, or any text. */
    say: (message: object | string) =>
      session.receive(
        encodeRecord(LINK_TOPIC, typeof message === "string" ? message : JSON.stringify(message)),
      ),
  };
}
