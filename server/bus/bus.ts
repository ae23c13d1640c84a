import {
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type Subscription,
} from "@nats-io/transport-node";
import { UsageError } from "../base/flags.ts";
import type { Log } from "../base/log.ts";
import type { NatsConfig } from "../base/nats_config.ts";
import { outliveResets } from "./socket_errors.ts";

// The only importer of @nats-io.
outliveResets();

/** A connection that answers nothing for one to two of these is taken for lost. */
const PING_INTERVAL_MS = 500;
const MAX_PINGS_OUT = 2;

/** How long it is until the next try, give or take some: a server that comes back has many visitors. */
const RETRY_MS = 250;
const RETRY_JITTER_MS = 250;

/** One try to connect. */
const CONNECT_TIMEOUT_MS = 3_000;

/** What the server has not confirmed yet: past the first, writers wait; past the second, all is dropped. */
export const WINDOW_BYTES = 512 * 1024;
export const MAX_UNCONFIRMED_BYTES = 8 * 1024 * 1024;

/** What NATS takes, unless it is set up otherwise. */
const DEFAULT_PAYLOAD_BYTES = 1024 * 1024;

/** Why a question has no answer. `silent`: whoever listens did not in time, or NATS is not there. */
export type NoAnswer = "nobody" | "silent";

/** How the connection is. */
export type BusState =
  | { readonly kind: "connected"; readonly server: string }
  /** None for now; it is tried again for ever. */
  | { readonly kind: "away"; readonly reason: string }
  | { readonly kind: "closed" };

/** Why a message was not sent. */
export const BUS_DROP_CAUSES = ["away", "too-large", "full"] as const;
/** See {@linkcode BUS_DROP_CAUSES}. */
export type BusDropCause = (typeof BUS_DROP_CAUSES)[number];

/** A message that came. */
export interface BusMessage {
  readonly subject: string;
  /** The receiver's to keep. */
  readonly data: Uint8Array;
  /** Answers whoever asked; nothing where nobody did. */
  answer(data: Uint8Array): void;
}

/** Takes a message; what it throws is logged. */
export type BusReceiver = (message: BusMessage) => void;

/** What a bus is given. */
export interface BusOptions {
  readonly config: NatsConfig;
  /** What this connection is called on the NATS server. No secret. */
  readonly name: string;
  readonly log: Log;
}

interface Listening {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly receive: BusReceiver;
  subscription: Subscription | null;
}

/**
 * The nodes' way to each other: NATS, connected for as long as it is held. Without a connection it drops
 * what it is to send, and says so, in place of keeping it: what is late is worth nothing to us. Nothing
 * that it holds grows without limit.
 */
export class Bus {
  readonly #options: BusOptions;
  readonly #listening = new Set<Listening>();
  readonly #watchers = new Set<(state: BusState) => void>();
  readonly #dropped = new Map<BusDropCause, number>(BUS_DROP_CAUSES.map((cause) => [cause, 0]));
  #state: BusState = { kind: "away", reason: "not connected yet" };
  #connection: NatsConnection | null = null;
  /** Sent, and not confirmed by the server; then what of it a confirmation is on its way for. */
  #unconfirmedBytes = 0;
  #confirming: Promise<void> | null = null;
  #reconnects = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  private constructor(options: BusOptions) {
    this.#options = options;
  }

  /**
   * Connects. A server that cannot be reached is tried for ever, and this resolves meanwhile.
   * @throws {UsageError} If the server is there and does not let us in, or a file cannot be used.
   */
  static async open(options: BusOptions): Promise<Bus> {
    const bus = new Bus(options);
    const problem = await bus.#connect();
    if (problem instanceof UsageError) throw problem;
    if (problem !== null) {
      options.log.warn("nats away", { reason: problem.message });
      bus.#enter({ kind: "away", reason: problem.message });
      bus.#connectLater();
    }
    return bus;
  }

  /** How the connection is now. */
  get state(): BusState {
    return this.#state;
  }

  /** Longest message that the server takes; a guess that NATS makes as well, before it was asked. */
  get maxPayloadBytes(): number {
    return this.#connection?.info?.max_payload ?? DEFAULT_PAYLOAD_BYTES;
  }

  /** Since the start. */
  get counts() {
    const { inBytes, outBytes, inMsgs, outMsgs } = this.#connection?.stats() ??
      { inBytes: 0, outBytes: 0, inMsgs: 0, outMsgs: 0 };
    return {
      bytesReceived: inBytes,
      bytesSent: outBytes,
      messagesReceived: inMsgs,
      messagesSent: outMsgs,
      reconnects: this.#reconnects,
      dropped: Object.fromEntries(this.#dropped) as Record<BusDropCause, number>,
    };
  }

  /** Tells of every other state from now on. @returns Ends it. */
  watch(tell: (state: BusState) => void): () => void {
    this.#watchers.add(tell);
    return () => void this.#watchers.delete(tell);
  }

  /** Sends to everybody who listens there. @returns `null`, or why it does not go out. */
  publish(subject: string, data: Uint8Array): BusDropCause | null {
    const problem = this.#problemOf(data);
    if (problem !== null) {
      this.#dropped.set(problem, this.#dropped.get(problem)! + 1);
      return problem;
    }
    this.#connection!.publish(subject, data);
    this.#unconfirmedBytes += data.length;
    this.#confirm();
    return null;
  }

  /** Resolves when there is room for more: the way of one who sends as much as goes. */
  async room(): Promise<void> {
    while (this.#unconfirmedBytes > WINDOW_BYTES && this.#confirming !== null) {
      await this.#confirming;
    }
  }

  /** Asks whoever listens there. @returns The first answer, or why there is none. */
  async request(
    subject: string,
    data: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | NoAnswer> {
    const problem = this.#problemOf(data);
    if (problem !== null) {
      this.#dropped.set(problem, this.#dropped.get(problem)! + 1);
      return "silent";
    }
    try {
      return (await this.#connection!.request(subject, data, { timeout: timeoutMs })).data;
    } catch (error) {
      const isNobody = error instanceof errors.NoRespondersError ||
        error instanceof errors.RequestError && error.isNoResponders();
      return isNobody ? "nobody" : "silent";
    }
  }

  /**
   * Hears what is sent there, over every connection to come too.
   * @param subject With `*` for any one part, or `>` at the end for any rest.
   * @param options `queue`: of all who listen under that name, one gets each message.
   * @returns Ends it.
   */
  listen(subject: string, receive: BusReceiver, options: { queue?: string } = {}): () => void {
    const listening: Listening = { subject, queue: options.queue, receive, subscription: null };
    this.#listening.add(listening);
    if (this.#connection !== null) this.#subscribe(listening, this.#connection);
    return () => {
      this.#listening.delete(listening);
      listening.subscription?.unsubscribe();
    };
  }

  /** Says what is under way, and lets go. */
  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    const wasConnected = this.#state.kind === "connected";
    clearTimeout(this.#retry);
    this.#enter({ kind: "closed" });
    this.#listening.clear();
    try {
      if (wasConnected) await this.#connection?.flush();
      await this.#connection?.close();
    } catch {
      // It went away by itself meanwhile.
    }
  }

  #problemOf(data: Uint8Array): BusDropCause | null {
    if (this.#state.kind !== "connected") return "away";
    if (data.length > this.maxPayloadBytes) return "too-large";
    return this.#unconfirmedBytes + data.length > MAX_UNCONFIRMED_BYTES ? "full" : null;
  }

  /** Has the server confirm what was sent: nothing else tells how much of it still waits here. */
  #confirm(): void {
    if (this.#confirming !== null) return;
    const bytes = this.#unconfirmedBytes;
    const connection = this.#connection!;
    this.#confirming = connection.flush().then(() => {
      this.#unconfirmedBytes -= bytes;
    }, () => {
      // What was on its way is lost, and nothing of it waits any more.
      this.#unconfirmedBytes = 0;
    }).then(() => {
      this.#confirming = null;
      if (this.#unconfirmedBytes > 0 && this.#state.kind === "connected") this.#confirm();
    });
  }

  /** @returns `null`, or why there is no connection. */
  async #connect(): Promise<Error | null> {
    const { config, name } = this.#options;
    try {
      const connection = await connect(connectionOptions(config, name));
      if (this.#state.kind === "closed") {
        await connection.close();
        return null;
      }
      this.#connection = connection;
      for (const listening of this.#listening) this.#subscribe(listening, connection);
      this.#enter({ kind: "connected", server: connection.getServer() });
      void this.#follow(connection);
      return null;
    } catch (error) {
      return refusalOf(error, config);
    }
  }

  #connectLater(): void {
    this.#retry = setTimeout(async () => {
      const problem = await this.#connect();
      if (problem === null || this.#state.kind === "closed") return;
      this.#enter({ kind: "away", reason: problem.message });
      this.#connectLater();
    }, RETRY_MS + Math.random() * RETRY_JITTER_MS);
  }

  /** Reads how the connection does, to its end. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      switch (status.type) {
        case "disconnect":
          this.#enter({ kind: "away", reason: `the connection to ${status.server} was lost` });
          break;
        case "reconnect":
          this.#reconnects += 1;
          this.#enter({ kind: "connected", server: status.server });
          break;
        case "error":
          this.#options.log.warn("nats error", { reason: status.error.message });
          break;
      }
    }
  }

  #enter(state: BusState): void {
    const before = this.#state;
    if (before.kind === "closed") return;
    this.#state = state;
    if (before.kind === state.kind) return;
    const { log } = this.#options;
    if (state.kind === "connected") log.info("nats connected", { server: state.server });
    else if (state.kind === "away") log.warn("nats away", { reason: state.reason });
    for (const tell of this.#watchers) tell(state);
  }

  #subscribe(listening: Listening, connection: NatsConnection): void {
    const { subject, queue, receive } = listening;
    listening.subscription = connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      // A callback, not an iterator: nothing waits here that was not taken.
      callback: (error, message) => {
        if (error !== null) {
          this.#options.log.error("nats refuses a subject", { reason: error.message });
          return;
        }
        try {
          receive({
            subject: message.subject,
            data: message.data,
            answer: (data) => void message.respond(data),
          });
        } catch (fault) {
          this.#options.log.error("nats message failed", { reason: String(fault) });
        }
      },
    });
  }
}

function connectionOptions(config: NatsConfig, name: string): ConnectionOptions {
  const { servers, isTls, token, credsFile, caFile, certFile, keyFile } = config;
  return {
    servers: [...servers],
    name,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_JITTER_MS,
    reconnectJitterTLS: RETRY_JITTER_MS,
    // A server that was set up again may refuse us for a while.
    ignoreAuthErrorAbort: true,
    // Others than those named we have no permission for, and none by addresses that names lead to.
    ignoreClusterUpdates: true,
    resolve: false,
    ...(token === null ? {} : { token }),
    ...(credsFile === null ? {} : { authenticator: credsAuthenticator(readCreds(credsFile)) }),
    ...(isTls
      ? {
        tls: {
          ...(caFile === null ? {} : { ca: readText(caFile) }),
          ...(certFile === null ? {} : { cert: readText(certFile) }),
          ...(keyFile === null ? {} : { key: readText(keyFile) }),
        },
      }
      : {}),
  };
}

/** @throws {UsageError} If it is none: the library would say so in words of its own, and later. */
function readCreds(path: string): Uint8Array {
  const creds = readFile(path);
  const text = new TextDecoder().decode(creds);
  if (/BEGIN NATS USER JWT/.test(text) && /BEGIN USER NKEY SEED/.test(text)) return creds;
  throw new UsageError(`${path} holds no credentials for NATS, as nsc writes them`);
}

function readFile(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

function readText(path: string): string {
  return new TextDecoder().decode(readFile(path));
}

/** What a person can put right is a {@linkcode UsageError}; what may pass by itself is not. */
function refusalOf(error: unknown, { servers, isTls }: NatsConfig): Error {
  if (error instanceof UsageError) return error;
  const where = servers.join(", ");
  const reason = error instanceof Error ? error.message : String(error);
  if (
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError
  ) {
    return new UsageError(
      `NATS at ${where} does not let us in (${reason}): see --nats-creds and PEERLENS_NATS_TOKEN`,
    );
  }
  if (isTls && /certificate|UnknownIssuer|tls|handshake/i.test(reason)) {
    return new UsageError(`NATS at ${where} has no TLS that we trust (${reason})`);
  }
  return new Error(`NATS at ${where} cannot be reached: ${reason}`);
}
