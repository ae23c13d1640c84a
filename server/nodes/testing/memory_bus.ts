import type { NoAnswer } from "../../bus/bus.ts";
import type { NodeBus, NodeMessage } from "../node_bus.ts";

interface Listening {
  readonly bus: MemoryBus;
  readonly parts: readonly string[];
  readonly receive: (message: NodeMessage) => void;
}

/** What joins stand-ins of the bus, and can be cut between them. */
export class MemoryNet {
  readonly #listening = new Set<Listening>();
  readonly #cut = new Set<string>();
  #questions = 0;

  /** One more node's connection. */
  connect(): MemoryBus {
    return new MemoryBus(this);
  }

  /** Has two of them hear each other no more, or again. */
  cut(a: MemoryBus, b: MemoryBus, isCut = true): void {
    for (const pair of [`${a.number} ${b.number}`, `${b.number} ${a.number}`]) {
      if (isCut) this.#cut.add(pair);
      else this.#cut.delete(pair);
    }
  }

  listen(listening: Listening): () => void {
    this.#listening.add(listening);
    return () => void this.#listening.delete(listening);
  }

  /** @returns How many hear it. */
  deliver(from: MemoryBus, subject: string, message: NodeMessage): number {
    const parts = subject.split(".");
    const hearing = [...this.#listening].filter((listening) =>
      !listening.bus.isAway && !this.#cut.has(`${from.number} ${listening.bus.number}`) &&
      listening.parts.length === parts.length &&
      listening.parts.every((part, at) => part === "*" || part === parts[at])
    );
    for (const { receive } of hearing) {
      // As over a network: later, and a copy.
      setTimeout(() => receive({ ...message, data: message.data.slice() }));
    }
    return hearing.length;
  }

  /** A name for the answers to one question. */
  inbox(): string {
    return `inbox.${++this.#questions}`;
  }
}

let lastNumber = 0;

/** A bus without NATS. */
export class MemoryBus implements NodeBus {
  readonly number = ++lastNumber;
  readonly maxPayloadBytes = 1024 * 1024;
  readonly #net: MemoryNet;
  readonly #watchers = new Set<Parameters<NodeBus["watch"]>[0]>();
  #isAway = false;

  constructor(net: MemoryNet) {
    this.#net = net;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  get state(): { readonly kind: string } {
    return { kind: this.#isAway ? "away" : "connected" };
  }

  /** Takes it from the net, or brings it back. */
  setAway(isAway: boolean): void {
    this.#isAway = isAway;
    for (const tell of this.#watchers) tell(this.state);
  }

  watch(tell: Parameters<NodeBus["watch"]>[0]): () => void {
    this.#watchers.add(tell);
    return () => void this.#watchers.delete(tell);
  }

  publish(subject: string, data: Uint8Array): string | null {
    if (this.#isAway) return "away";
    if (data.length > this.maxPayloadBytes) return "too-large";
    this.#net.deliver(this, subject, { subject, data, answer() {} });
    return null;
  }

  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array | NoAnswer> {
    if (this.#isAway) return Promise.resolve("silent");
    const { promise, resolve } = Promise.withResolvers<Uint8Array | NoAnswer>();
    const timer = setTimeout(() => resolve("silent"), timeoutMs);
    const inbox = this.#net.inbox();
    const stop = this.listen(inbox, (answer) => resolve(answer.data));
    const count = this.#net.deliver(this, subject, {
      subject,
      data,
      // Whoever is cut off from who asked is not heard either: the listener filters by who speaks.
      answer: (answer) =>
        this.#net.deliver(this, inbox, { subject: inbox, data: answer, answer() {} }),
    });
    // NATS says so at once as well.
    if (count === 0) resolve("nobody");
    return promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  listen(subject: string, receive: (message: NodeMessage) => void): () => void {
    return this.#net.listen({ bus: this, parts: subject.split("."), receive });
  }
}
