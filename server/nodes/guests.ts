import { encodeRecord, LINK_TOPIC } from "@/protocol";
import type { Visitor } from "../base/visitor.ts";
import type { LinkSession, Transport } from "../link/session.ts";
import type { HelloBody } from "./bus_messages.ts";
import type { Line, LineUser } from "./lines.ts";

/** Opens links, as for pages of this node: the hub. */
export interface GuestHost {
  open(transport: Transport, visitor: Visitor): LinkSession;
}

/**
 * Seats a page of another node in a room here: to the hub it is a link like any other, whose transport is
 * a line.
 * @param accept Makes the line; `null`: there are too many.
 */
export function seatGuest(
  host: GuestHost,
  { visitor, first }: Extract<HelloBody, { kind: "link" }>,
  accept: (user: LineUser) => Line | null,
): void {
  let session: LinkSession | null = null;
  const line = accept({
    record: (record) => session?.receive(record),
    over: () => session?.onClose(),
    keptBytes: () => 0,
  });
  if (line === null) return;
  session = host.open({
    send: (record) => line.send(record),
    // Why is in the last record; the page's own node tells it the code.
    close: () => line.close(),
    bufferedBytes: () => line.waitingBytes,
    // At the computer of another node is not at this one.
  }, { ...visitor, isLocal: false });
  session.receive(encodeRecord(LINK_TOPIC, first));
}
