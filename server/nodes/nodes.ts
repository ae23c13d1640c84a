import { assertNever, randomSecret, type Rate, type Role, type RoomId } from "@/protocol";
import type { Log } from "../base/log.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { refuser } from "../base/refuser.ts";
import { logName } from "../base/secrets.ts";
import { subject, SubjectNames } from "../bus/subjects.ts";
import type { LinkSession } from "../link/session.ts";
import type { FirstMessage, JoinTarget, NodeHub, OtherNodes } from "../rooms/hub_parts.ts";
import type { NodeId } from "./bridge_frame.ts";
import {
  busAnswer,
  busMessage,
  type Hello,
  readBeat,
  readClaim,
  readCode,
  readHello,
  readQuestion,
  readRole,
  readSignOut,
} from "./bus_messages.ts";
import { seatGuest } from "./guests.ts";
import { type Asked, type LineCounts, Lines } from "./lines.ts";
import type { NodeBus, NodeMessage } from "./node_bus.ts";
import { BEAT_MS, freshNode, type NodeInput, stepNode } from "./node_state.ts";
import { PagesElsewhere } from "./pages_elsewhere.ts";
import { answerForRoom, type AppFetch, askHome } from "./room_requests.ts";

/** Whoever has it answers at once; for those who do not, this is how long a wrong code takes. */
const ASK_MS = 400;

/** Requests of one address about rooms of other nodes: as many as their own routes take. */
const REQUEST_RATE: Rate = { perSecond: 20, burst: 100 };

/** What nodes are made of. */
export interface NodesOptions {
  readonly bus: NodeBus;
  /** What names in subjects are made with; the same on all nodes. Secret. */
  readonly clusterSecret: string | null;
  readonly log: Pick<Log, "info" | "warn">;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
  /** From other nodes. @default {MAX_LINES_HERE} */
  readonly maxLines?: number;
  /** Ms since the Unix epoch. @default {Date.now} */
  readonly wallNow?: () => number;
}

/** What this node has with others, for health pages and metrics. */
export interface NodesHealth {
  readonly id: NodeId;
  /** The others that are heard. */
  readonly others: number;
  readonly lines: LineCounts;
  readonly pagesElsewhere: { readonly links: number; readonly picturesDropped: number };
  /** Rooms that ended here because another node is their home, or may be. */
  readonly roomsDropped: number;
}

/**
 * This node among others: finds the home of a room, leads pages there, and answers for the rooms that are
 * here. A room's home is whoever listens on its subject, so NATS itself is the list of rooms: nothing is
 * stored, and nothing of a node is left when its connection ends. Long, because it asks other nodes and
 * answers them with the same words.
 */
export class Nodes implements OtherNodes {
  readonly id = randomSecret() as NodeId;
  readonly #options: NodesOptions;
  readonly #lines: Lines;
  readonly #pages: PagesElsewhere;
  readonly #rooms = new Map<RoomId, () => void>();
  readonly #stops: (() => void)[] = [];
  readonly #names: SubjectNames;
  readonly #now: () => number;
  readonly #requests = new KeyedLimiter(REQUEST_RATE);
  readonly #signedOut = new Set<(id: string) => void>();
  #state = freshNode(this.id);
  #hub: NodeHub | null = null;
  #fetch: AppFetch | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #roomsDropped = 0;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#names = new SubjectNames(options.clusterSecret);
    this.#now = options.now ?? (() => performance.now());
    const self = this.id;
    const subjectOf = (node: NodeId) => SUBJECTS.lines(node);
    this.#lines = new Lines({ ...options, self, subjectOf });
    this.#pages = new PagesElsewhere({ self, lines: this.#lines, now: this.#now });
  }

  /** Begins to answer others. */
  start(hub: NodeHub): void {
    this.#hub = hub;
    const { bus } = this.#options;
    this.#listen(SUBJECTS.beats, (message) => this.#beat(message));
    this.#listen(SUBJECTS.tickets, (message) => {
      const hello = readHello(message.data);
      const body = hello?.body;
      if (body?.kind === "link" && body.ticket !== undefined && hub.hasTicket(body.ticket)) {
        this.#accept(hello!, message);
      }
    });
    this.#listen(SUBJECTS.codes, (message) => {
      const question = readQuestion(message.data);
      const target = question?.kind === "code" ? hub.targetOf(question.code) : null;
      if (target !== null) message.answer(busAnswer({ ...target }));
    });
    this.#listen(SUBJECTS.signOuts, ({ data }) => {
      const signOut = readSignOut(data);
      if (signOut !== null) { for (const tell of this.#signedOut) tell(signOut.id); }
    });
    this.#stops.push(bus.watch(({ kind }) => {
      if (kind === "connected") this.#step({ kind: "connected" });
    }));
    this.#sayBeat();
    this.#timer = setInterval(() => this.tick(), BEAT_MS);
  }

  /** Has requests of other nodes about rooms here answered. */
  serve(fetch: AppFetch): void {
    this.#fetch = fetch;
  }

  /** Tells who signed out on another node. */
  onSignOut(tell: (id: string) => void): void {
    this.#signedOut.add(tell);
  }

  /** Tells the others who signed out here. */
  signedOut(id: string): void {
    this.#options.bus.publish(SUBJECTS.signOuts, busMessage({ id }));
  }

  /** See {@linkcode NodesHealth}. */
  get health(): NodesHealth {
    return {
      id: this.id,
      others: this.#state.heardMs.size,
      lines: this.#lines.counts,
      pagesElsewhere: this.#pages.counts,
      roomsDropped: this.#roomsDropped,
    };
  }

  lead(session: LinkSession, first: FirstMessage, here: () => void): void {
    const nobody = (cause: Exclude<Asked, "led">) => {
      // The room is there, and is not to be made a second time.
      if (cause === "full") return session.refuse("out-of-reach");
      // An owner may make its room here, whatever the others have: theirs ends without it.
      const isMade = first.type === "join" && first.create !== undefined;
      if (this.#isConnected || isMade) here();
      else session.refuse("out-of-reach");
    };
    if (!this.#isConnected) return nobody("silent");
    const subject = first.type === "open"
      ? SUBJECTS.tickets
      : SUBJECTS.room(this.#nameOf(first.roomId), "line");
    void this.#pages.lead(session, first, { subject, nobody });
  }

  message(...args: Parameters<OtherNodes["message"]>): boolean {
    return this.#pages.message(...args);
  }

  data(...args: Parameters<OtherNodes["data"]>): boolean {
    return this.#pages.data(...args);
  }

  ended(...args: Parameters<OtherNodes["ended"]>): boolean {
    return this.#pages.ended(...args);
  }

  roomMade(room: RoomId): void {
    const stops = (["line", "claim", "ask"] as const).map((what) =>
      this.#options.bus.listen(
        SUBJECTS.room(this.#nameOf(room), what),
        (message) => this.#ofRoom(room, what, message),
      )
    );
    this.#rooms.set(room, () => stops.forEach((stop) => stop()));
    this.#step({ kind: "made", room, madeMs: (this.#options.wallNow ?? Date.now)() });
  }

  roomGone(room: RoomId): void {
    this.#rooms.get(room)?.();
    this.#rooms.delete(room);
    this.#step({ kind: "gone", room });
  }

  async findCode(code: string): Promise<JoinTarget | null> {
    if (code.length > MAX_CODE_CHARS) return null;
    const question = busMessage({ kind: "code", code });
    const answer = await this.#options.bus.request(SUBJECTS.codes, question, ASK_MS);
    return typeof answer === "string" ? null : readCode(answer);
  }

  async roleOf(roomId: string, token: string, address: string): Promise<Role | null | "silent"> {
    const subject = SUBJECTS.room(this.#nameOf(roomId), "ask");
    const question = busMessage({ kind: "role", token, address });
    const answer = await this.#options.bus.request(subject, question, ASK_MS);
    if (answer === "silent") return "silent";
    return answer === "nobody" ? null : readRole(answer)?.role ?? null;
  }

  /** Has the home of a room answer a request about it; `null`: it is nowhere. */
  async answer(roomId: string, request: Request, address: string): Promise<Response | null> {
    const waitMs = this.#requests.take(address, this.#now());
    if (waitMs > 0) return refuse("too-fast", waitMs);
    const subject = SUBJECTS.room(this.#nameOf(roomId), "line");
    return await askHome(request, { self: this.id, lines: this.#lines, subject, address });
  }

  /** Applies every time limit; started by {@linkcode start}, and for tests. */
  tick(): void {
    this.#sayBeat();
    const rooms = [...this.#hub!.rooms()];
    const ownerless = new Set(
      rooms.filter(({ hasOwner }) => !hasOwner).map(({ roomId }) => roomId),
    );
    this.#step({ kind: "tick", ownerless });
    this.#lines.tick();
    this.#pages.tick();
    this.#requests.sweep(this.#now());
  }

  /** Tells the others that this node goes away. Pages were told before. */
  close(): void {
    clearInterval(this.#timer);
    this.#lines.close();
    this.#options.bus.publish(SUBJECTS.beats, busMessage({ node: this.id, bye: true }));
    for (const stop of [...this.#stops, ...this.#rooms.values()]) stop();
  }

  get #isConnected(): boolean {
    return this.#options.bus.state.kind === "connected";
  }

  #nameOf(roomId: string): string {
    return this.#names.of("room", roomId);
  }

  #listen(subject: string, receive: (message: NodeMessage) => void): void {
    this.#stops.push(this.#options.bus.listen(subject, receive));
  }

  #sayBeat(): void {
    this.#options.bus.publish(SUBJECTS.beats, busMessage({ node: this.id }));
  }

  #beat({ data }: NodeMessage): void {
    const beat = readBeat(data);
    if (beat !== null) this.#step({ kind: beat.bye ? "bye" : "beat", node: beat.node });
  }

  #ofRoom(room: RoomId, what: RoomWord, message: NodeMessage): void {
    const hub = this.#hub!;
    switch (what) {
      case "line": {
        const hello = readHello(message.data);
        return hello === null ? undefined : this.#accept(hello, message);
      }
      case "claim": {
        const claim = readClaim(message.data);
        if (claim === null) return;
        return this.#step({ kind: "claimed", room, claim, hasOwner: hub.hasOwner(room) });
      }
      case "ask": {
        const question = readQuestion(message.data);
        if (question?.kind !== "role") return;
        const role = hub.roleOf(room, question.token, question.address);
        return message.answer(busAnswer({ role }));
      }
      default:
        return assertNever(what);
    }
  }

  #accept(hello: Hello, message: NodeMessage): void {
    const { body } = hello;
    const accept = (user: Parameters<Lines["accept"]>[1]["user"]) =>
      this.#lines.accept(hello, { answer: (data) => message.answer(data), user });
    if (body.kind === "link") return seatGuest(this.#hub!, body, accept);
    if (this.#fetch !== null) answerForRoom(this.#fetch, body, accept);
  }

  #step(input: DistributiveOmit<NodeInput, "nowMs">): void {
    const { state, effects } = stepNode(this.#state, { ...input, nowMs: this.#now() });
    this.#state = state;
    const { log, bus } = this.#options;
    for (const effect of effects) {
      switch (effect.kind) {
        case "lost":
          log.warn("node lost", { node: effect.node.slice(0, 8) });
          this.#lines.lost(effect.node);
          break;
        case "claim": {
          const { room, madeMs } = effect;
          const hasOwner = this.#hub!.hasOwner(room);
          const claim = busMessage({ node: this.id, hasOwner, madeMs });
          bus.publish(SUBJECTS.room(this.#nameOf(room), "claim"), claim);
          break;
        }
        case "drop":
          this.#roomsDropped += 1;
          log.info("room is another node's", { room: logName(effect.room) });
          // First, so that its pages are not led here again.
          this.roomGone(effect.room);
          this.#hub!.endRoom(effect.room);
          break;
        default:
          assertNever(effect);
      }
    }
  }
}

const refuse = refuser({ "too-fast": [429, "Too many requests about rooms at once"] });

/** As the form of `/j` takes it. */
const MAX_CODE_CHARS = 16;

type RoomWord = "line" | "claim" | "ask";

const SUBJECTS = {
  beats: subject("node", "beat"),
  tickets: subject("node", "ticket"),
  codes: subject("node", "code"),
  signOuts: subject("node", "sign-out"),
  lines: (node: NodeId) => subject("node", node, "lines"),
  room: (name: string, what: RoomWord) => subject("room", name, what),
};

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
