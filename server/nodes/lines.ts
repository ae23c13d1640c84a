import {
  type BridgeEnd,
  type BridgePart,
  endPart,
  FRESH_END,
  sendRecord,
  takePart,
  tellTaken,
  waitingBytes,
} from "./bridge_end.ts";
import {
  BRIDGE_HEADER_BYTES,
  type BridgeFrame,
  decodeBridgeFrame,
  encodeBridgeFrame,
  type NodeId,
} from "./bridge_frame.ts";
import type { NoAnswer } from "../bus/bus.ts";
import type { NodeBus } from "./node_bus.ts";

/** Parts leave room beside what else a node says; NATS takes a megabyte unless configured. */
const MAX_PART_BYTES = 256 * 1024;

/** What came is confirmed at once when it is so much, else at the next tick. */
const CONFIRM_BYTES = 64 * 1024;

/** While a page's own socket is full, it is looked at this often. */
const RECHECK_MS = 20;

/** Lines from other nodes at once; as many pages as a node holds itself, several times. */
export const MAX_LINES_HERE = 4_096;

/** What became of a question for a line. `full`: who has what is wanted has as many lines as may be. */
export type Asked = "led" | "full" | NoAnswer;

/** Why a line is over. `lost`: what was said on it, or the other node. */
export type LineEndCause = "ended" | "lost";

/** Who is at this node's end of a line. */
export interface LineUser {
  /** Takes a record, in order. */
  record(record: Uint8Array): void;
  /** The line is over; nothing can be said on it any more. Not called after {@linkcode Line.close}. */
  over(cause: LineEndCause): void;
  /** Bytes of what came that still wait here. */
  keptBytes(): number;
}

/** One way between two nodes, for one link or one request. */
export interface Line {
  readonly node: NodeId;
  /** Bytes that the other end is not rid of yet. */
  readonly waitingBytes: number;
  /** Says a record; when the bus does not take it, the line is over. */
  send(record: Uint8Array): void;
  close(): void;
}

/** How many there are, and what went wrong with them since the start. */
export interface LineCounts {
  /** That begin here, and that come from other nodes. */
  readonly out: number;
  readonly in: number;
  /** Parts were lost, or the bus took none. */
  readonly broken: number;
  /** Messages that no node of ours says. */
  readonly unreadable: number;
}

interface OpenLine extends Line {
  readonly key: string;
  readonly from: "bridge" | "home";
  readonly link: number;
  readonly user: LineUser;
  end: BridgeEnd;
}

/**
 * The lines between this node and others. One begins with a question, to which the node that has what is
 * wanted answers; from then on both ends know each other. Loses nothing in silence: a line that lost
 * something is over. Long, because both ends of a line are here.
 */
export class Lines {
  readonly #bus: NodeBus;
  readonly #self: NodeId;
  readonly #subjectOf: (node: NodeId) => string;
  readonly #maxLines: number;
  readonly #lines = new Map<string, OpenLine>();
  /** Asked for and not answered. */
  readonly #asking = new Map<number, (node: NodeId) => OpenLine>();
  readonly #kept = new Set<OpenLine>();
  #recheck: ReturnType<typeof setTimeout> | undefined;
  #lastLink = 0;
  #broken = 0;
  #unreadable = 0;

  constructor({ bus, self, subjectOf, maxLines = MAX_LINES_HERE }: {
    readonly bus: NodeBus;
    readonly self: NodeId;
    /** Where a node hears what is said on lines. */
    readonly subjectOf: (node: NodeId) => string;
    /** From other nodes. @default {MAX_LINES_HERE} */
    readonly maxLines?: number;
  }) {
    this.#maxLines = maxLines;
    this.#bus = bus;
    this.#self = self;
    this.#subjectOf = subjectOf;
    bus.listen(subjectOf(self), ({ data }) => this.#receive(data));
  }

  /** See {@linkcode LineCounts}. */
  get counts(): LineCounts {
    const all = [...this.#lines.values()];
    const out = all.filter(({ from }) => from === "bridge").length;
    const { length } = all;
    return { out, in: length - out, broken: this.#broken, unreadable: this.#unreadable };
  }

  /**
   * Asks for a line.
   * @param hello What is said with the question, given the line's number here.
   * @param opened Called once, before anything is heard on the line.
   */
  async ask(subject: string, { hello, timeoutMs, user, opened }: {
    readonly hello: (link: number) => Uint8Array;
    readonly timeoutMs: number;
    readonly user: LineUser;
    opened(line: Line): void;
  }): Promise<Asked> {
    const link = ++this.#lastLink;
    let line: OpenLine | null = null;
    const open = (node: NodeId) => {
      this.#asking.delete(link);
      line = this.#add({ node, link, from: "bridge", user });
      opened(line);
      return line;
    };
    this.#asking.set(link, open);
    const answer = await this.#bus.request(subject, hello(link), timeoutMs);
    const frame = typeof answer === "string" ? null : decodeBridgeFrame(answer);
    const isFull = frame?.kind === "end";
    // What is said on a line may come before the answer.
    if (line === null && frame !== null && !isFull) open(frame.node);
    this.#asking.delete(link);
    if (line !== null) return "led";
    if (isFull) return "full";
    return typeof answer === "string" ? answer : "silent";
  }

  /** Answers a question of another node; `null`: there are as many lines as may be, and it is told so. */
  accept(
    { node, link }: { readonly node: NodeId; readonly link: number },
    { answer, user }: { answer(data: Uint8Array): void; readonly user: LineUser },
  ): Line | null {
    if (this.counts.in >= this.#maxLines) {
      answer(encodeBridgeFrame({ ...endPart(FRESH_END), node: this.#self, link, from: "home" }));
      return null;
    }
    const line = this.#add({ node, link, from: "home", user });
    answer(this.#encode(line, endPart(line.end), "nothing"));
    return line;
  }

  /** A node is lost, and its lines with it. */
  lost(node: NodeId): void {
    for (const line of [...this.#lines.values()]) {
      if (line.node !== node) continue;
      // It may be there still, and only not be heard.
      this.#say(line, endPart(line.end));
      this.#drop(line, "lost");
    }
  }

  /** Confirms what came; to be called several times a second. */
  tick(): void {
    for (const line of this.#lines.values()) this.#confirm(line);
  }

  /** Ends all: the node goes away. */
  close(): void {
    for (const line of [...this.#lines.values()]) {
      this.#say(line, endPart(line.end));
      this.#drop(line, "ended");
    }
    clearTimeout(this.#recheck);
  }

  #add({ node, link, from, user }: Pick<OpenLine, "node" | "link" | "from" | "user">): OpenLine {
    const key = keyOf({ node, link, from });
    const line: OpenLine = {
      key,
      node,
      link,
      from,
      user,
      end: FRESH_END,
      get waitingBytes() {
        return waitingBytes(line.end);
      },
      send: (record) => this.#send(line, record),
      close: () => {
        if (!this.#lines.has(key)) return;
        this.#say(line, endPart(line.end));
        this.#lines.delete(key);
        this.#kept.delete(line);
      },
    };
    this.#lines.set(key, line);
    return line;
  }

  #send(line: OpenLine, record: Uint8Array): void {
    if (this.#lines.get(line.key) !== line) return;
    const room = this.#bus.maxPayloadBytes - BRIDGE_HEADER_BYTES;
    const { end, parts } = sendRecord(line.end, record, Math.min(MAX_PART_BYTES, room));
    line.end = end;
    for (const part of parts) {
      if (this.#say(line, part) === null) continue;
      // Not at once: whoever speaks is in the middle of something.
      return queueMicrotask(() => this.#break(line));
    }
  }

  #receive(data: Uint8Array): void {
    const frame = decodeBridgeFrame(data);
    if (frame === null) {
      this.#unreadable += 1;
      return;
    }
    const from = frame.from === "home" ? "bridge" : "home";
    const line = this.#lines.get(keyOf({ ...frame, from })) ??
      (from === "bridge" ? this.#asking.get(frame.link)?.(frame.node) : undefined);
    if (line !== undefined) return this.#take(line, frame);
    // The other node believes in a line that is over.
    if (frame.kind === "end") return;
    this.#publish(frame.node, { ...endPart(FRESH_END), node: this.#self, link: frame.link, from });
  }

  #take(line: OpenLine, frame: BridgeFrame): void {
    const { end, event } = takePart(line.end, frame);
    line.end = end;
    switch (event.kind) {
      case "none":
        return;
      case "record":
        try {
          line.user.record(event.record);
        } catch {
          // Of another version, or damaged: what comes behind it makes no sense either.
          this.#unreadable += 1;
          return this.#break(line);
        }
        if (this.#lines.get(line.key) !== line) return;
        return this.#confirm(line, CONFIRM_BYTES);
      case "end":
        return this.#drop(line, "ended");
      case "gap":
        return this.#break(line);
    }
  }

  /** @param leastBytes What is less waits for more of it. */
  #confirm(line: OpenLine, leastBytes = 0): void {
    const { end, part } = tellTaken(line.end, line.user.keptBytes());
    const isWorth = part !== null && (part.takenBytes - line.end.toldBytes) >>> 0 >= leastBytes;
    if (isWorth) {
      line.end = end;
      this.#say(line, part);
    }
    if (line.user.keptBytes() > 0) this.#checkLater(line);
  }

  #checkLater(line: OpenLine): void {
    this.#kept.add(line);
    this.#recheck ??= setTimeout(() => {
      this.#recheck = undefined;
      const kept = [...this.#kept];
      this.#kept.clear();
      for (const line of kept) this.#confirm(line);
    }, RECHECK_MS);
  }

  #break(line: OpenLine): void {
    if (this.#lines.get(line.key) !== line) return;
    this.#broken += 1;
    this.#say(line, endPart(line.end));
    this.#drop(line, "lost");
  }

  #drop(line: OpenLine, cause: LineEndCause): void {
    if (this.#lines.get(line.key) !== line) return;
    this.#lines.delete(line.key);
    this.#kept.delete(line);
    line.user.over(cause);
  }

  #say(line: OpenLine, part: BridgePart): string | null {
    return this.#bus.publish(this.#subjectOf(line.node), this.#encode(line, part));
  }

  #publish(to: NodeId, frame: BridgeFrame): void {
    this.#bus.publish(this.#subjectOf(to), encodeBridgeFrame(frame));
  }

  #encode({ link, from }: OpenLine, part: BridgePart, kind = part.kind): Uint8Array {
    return encodeBridgeFrame({ ...part, kind, node: this.#self, link, from });
  }
}

/** A number is the bridging node's, so two homes may each say it. */
function keyOf({ node, link, from }: Pick<OpenLine, "node" | "link" | "from">): string {
  return `${from} ${node} ${link}`;
}
