import {
  decodeRecord,
  encodeRecord,
  type FromClientMessage,
  type FromServerMessage,
  LINK_TOPIC,
  type LinkRecord,
  MAX_RECORD_BYTES,
  parseFromServer,
  type SignalErrorCode,
} from "@/protocol";
import type { LinkSession } from "../link/session.ts";
import type { NodeId } from "./bridge_frame.ts";
import { busMessage } from "./bus_messages.ts";
import type { Asked, Line, LineEndCause, Lines } from "./lines.ts";

/** A home is heard this often of each link that is silent; it takes 25 s of silence for a loss. */
const PING_MS = 8_000;

/** Whoever knows of a room answers at once; a node that does not is lost, or too busy to be one's home. */
const ASK_MS = 500;

/** With more than this under way to a home, pictures of a page are dropped, and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

interface Bridged {
  readonly session: LinkSession;
  line: Line | null;
  pingedMs: number;
}

/** What the links of this node's pages that lead elsewhere are made of. */
export interface PagesElsewhereOptions {
  readonly self: NodeId;
  readonly lines: Lines;
  readonly now: () => number;
}

/**
 * Links of pages on this node whose room has its home on another. What pages say was checked here; the
 * home checks it again, as if the page were there.
 */
export class PagesElsewhere {
  readonly #options: PagesElsewhereOptions;
  readonly #bridged = new Map<LinkSession, Bridged>();
  #picturesDropped = 0;

  constructor(options: PagesElsewhereOptions) {
    this.#options = options;
  }

  /** Links now, and pictures that no home took in time, since the start. */
  get counts(): { readonly links: number; readonly picturesDropped: number } {
    return { links: this.#bridged.size, picturesDropped: this.#picturesDropped };
  }

  /**
   * Leads a link to where somebody answers for its first message.
   * @param nobody Called when nobody does, if the page is still there.
   */
  async lead(
    session: LinkSession,
    first: Extract<FromClientMessage, { type: "join" | "open" }>,
    { subject, nobody }: {
      readonly subject: string;
      nobody(cause: Exclude<Asked, "led">): void;
    },
  ): Promise<void> {
    const { self, lines, now } = this.#options;
    const bridged: Bridged = { session, line: null, pingedMs: now() };
    this.#bridged.set(session, bridged);
    const { address, maySee, isTrusted } = session.visitor;
    const asked = await lines.ask(subject, {
      hello: (link) =>
        busMessage({
          node: self,
          link,
          body: {
            kind: "link",
            visitor: { address, maySee, isTrusted },
            first: JSON.stringify(first),
            ...(first.type === "open" && { ticket: first.ticket }),
          },
        }),
      timeoutMs: ASK_MS,
      user: {
        record: (record) => this.#toPage(session, record),
        over: (cause) => this.#over(bridged, cause),
        keptBytes: () => session.bufferedBytes,
      },
      opened: (line) => {
        bridged.line = line;
        // It went while it was asked for.
        if (session.ended) line.close();
      },
    });
    if (asked === "led") return;
    this.#bridged.delete(session);
    if (!session.ended) nobody(asked);
  }

  /** Takes what a page said; `false`: its link leads nowhere else. */
  message(session: LinkSession, message: FromClientMessage): boolean {
    const bridged = this.#bridged.get(session);
    if (bridged === undefined) return false;
    // Before it is let in there is nothing to say.
    if (bridged.line === null) session.refuse("not-allowed");
    else say(bridged.line, message);
    return true;
  }

  /** Takes a record of a topic; `false`: see {@linkcode message}. */
  data(session: LinkSession, { topic, data }: LinkRecord): boolean {
    const bridged = this.#bridged.get(session);
    if (bridged === undefined) return false;
    const { line } = bridged;
    if (line === null) return true;
    if (typeof data !== "string" && line.waitingBytes > MAX_WAITING_BYTES) {
      this.#picturesDropped += 1;
    } else if (line.waitingBytes > 2 * MAX_WAITING_BYTES) session.refuse("backlog");
    else line.send(encodeRecord(topic, data));
    return true;
  }

  /** A page's link is over; `false`: see {@linkcode message}. */
  ended(session: LinkSession, reason: "left" | "lost"): boolean {
    const bridged = this.#bridged.get(session);
    if (bridged === undefined) return false;
    this.#bridged.delete(session);
    if (bridged.line === null) return true;
    if (reason === "left") say(bridged.line, { type: "leave" });
    bridged.line.close();
    return true;
  }

  /** Says for each page that it is still here; to be called about once a second. */
  tick(): void {
    const nowMs = this.#options.now();
    for (const bridged of this.#bridged.values()) {
      if (bridged.line === null || nowMs - bridged.pingedMs < PING_MS) continue;
      bridged.pingedMs = nowMs;
      say(bridged.line, { type: "ping", nonce: 0 });
    }
  }

  #toPage(session: LinkSession, whole: Uint8Array): void {
    const record = decodeRecord(whole, MAX_RECORD_BYTES);
    if (record === null) return;
    const { topic, data } = record;
    if (topic !== LINK_TOPIC) return session.send(topic, data);
    if (typeof data === "string") this.#say(session, parseFromServer(data));
  }

  #say(session: LinkSession, message: FromServerMessage): void {
    switch (message.type) {
      case "joined":
        session.accept("control", message.self.role);
        break;
      case "opened":
        session.accept("bulk", message.self.role);
        break;
      case "pong":
        // To a ping of ours: the page's own are answered here.
        return;
    }
    session.say(message);
  }

  /** A home that ends a link in order has said why, as its last record. */
  #over({ session }: Bridged, cause: LineEndCause): void {
    this.#bridged.delete(session);
    if (session.ended) return;
    const code: SignalErrorCode = cause === "lost" ? "server-closing" : "ended";
    // The room is wherever its owner makes it again: at once, for the others wait for that.
    session.refuse(code, { retryAfterMs: 0 });
  }
}

function say(line: Line, message: FromClientMessage): void {
  line.send(encodeRecord(LINK_TOPIC, JSON.stringify(message)));
}
