import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { meterBody } from "./body_shares.ts";
import { ConnStream, type CutCause, type CutCounts } from "./conn_stream.ts";
import { toRequest, writeResponse } from "./fetch_adapter.ts";
import { Port, type PortOptions } from "./port.ts";
import { type Places, Share } from "./places.ts";
import { ServerSocket, type SocketEvents, upgradeHead } from "./server_socket.ts";

/** A connection says its first word, and each head of a request is whole, within this time. */
const HEAD_TIMEOUT_MS = 10_000;

/** A connection without a request is kept for the next one this long. */
const IDLE_TIMEOUT_MS = 15_000;

/** Head of a request. */
const MAX_HEAD_BYTES = 16 * 1024;

/** Requests of a connection that are answered at once; nobody who waits for answers sends more. */
const MAX_PIPELINED = 4;

/** What the app is told of a request beside it. */
export interface RequestConnection {
  /** IP address of the other end. */
  readonly address: string;
  /** Makes a WebSocket of it; `null`: it does not ask for one properly. */
  readonly upgrade: Upgrade | null;
}

/** Accepts an upgrade, at once. */
export type Upgrade = (events: SocketEvents) => UpgradedSocket | null;

/** An accepted upgrade. */
export interface UpgradedSocket {
  readonly socket: ServerSocket;
  /** Stands for the answer, which has gone out already. */
  readonly response: Response;
}

/** What a listener is made of. */
export interface HttpListenerOptions extends Pick<PortOptions, "hostname" | "port" | "onLost"> {
  /** In PEM; `null`: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Counts connections. */
  readonly connections: Places;
  /** Counts bytes of messages and bodies that have not come whole. */
  readonly halfRead: Places;
  /** Counts connections that are ended by us. */
  readonly cuts: CutCounts;
  /** Under which name the places of an address are counted. */
  holderOf(address: string): string;
  handle(request: Request, connection: RequestConnection): Response | Promise<Response>;
}

/** Who is at the other end of a connection. */
interface Peer {
  readonly conn: ConnStream;
  readonly address: string;
  /** Under which its places are counted. */
  readonly holder: string;
  /** Being answered now; also a WebSocket. */
  requests: number;
  /** Ends it while there is none. */
  rest: ReturnType<typeof setTimeout> | undefined;
}

/**
 * One port: accepts connections one after the other while there are places, and hands their requests
 * to the app. HTTP/1.1 only, so that a connection has few requests at a time; see `ConnStream` for why
 * neither `Deno.serve` nor the server of `node:http` listens.
 */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server = createServer({
    headersTimeout: HEAD_TIMEOUT_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    requestTimeout: 0,
    connectionsCheckingInterval: 1_000,
  });
  #tls: SecureContext | null;
  readonly #open = new Set<Peer>();
  /** By what `node:http` knows each: the connection itself, or TLS on it. */
  readonly #peers = new WeakMap<Duplex, Peer>();
  readonly #port: Port;
  #isStopping = false;
  #onEmpty: () => void = () => {};

  /** @throws {Error} As `Deno.listen` does. */
  constructor(options: HttpListenerOptions) {
    this.#options = options;
    this.#tls = options.tls && createSecureContext({ ...options.tls });
    this.#port = new Port({ ...options, onConnection: (conn) => this.#take(conn) });
    // A single byte would end its own timer of that.
    this.#server.keepAliveTimeout = 0;
    const cut = ({ socket }: IncomingMessage) => this.#peers.get(socket)?.conn.cut();
    this.#server.on(
      "request",
      (incoming, outgoing) => void this.#answer(incoming, outgoing).catch(() => cut(incoming)),
    );
    this.#server.on(
      "upgrade",
      (incoming: IncomingMessage, stream: Duplex, head: Uint8Array) =>
        void this.#answerUpgrade(incoming, stream, head).catch(() => cut(incoming)),
    );
    // As where it listens itself: it watches over the heads of requests, and keeps connections for more.
    Object.defineProperty(this.#server, "listening", { get: () => !this.#isStopping });
    this.#server.emit("listening");
    this.#server.on(
      "clientError",
      (error: Error, stream: Duplex) => this.#peers.get(stream)?.conn.cut(causeOf(error)),
    );
  }

  /** The port that is really listened on. */
  get port(): number {
    return this.#port.number;
  }

  /** Whether a connection would be taken now. */
  get isAccepting(): boolean {
    return this.#port.isAccepting;
  }

  /** From the next connection on. @throws {Error} If it is no certificate with its key. */
  setTls(tls: NonNullable<HttpListenerOptions["tls"]>): void {
    this.#tls = createSecureContext({ ...tls });
  }

  /** Stops accepting and resolves when all that is under way has finished. */
  async shutdown(): Promise<void> {
    this.#isStopping = true;
    this.#port.close();
    this.#server.close();
    for (const { conn, requests } of this.#open) if (requests === 0) conn.cut();
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => void (this.#onEmpty = resolve));
  }

  #take(tcp: Deno.TcpConn): void {
    const address = tcp.remoteAddr.hostname.replace(/^::ffff:/, "");
    const { connections, cuts, holderOf } = this.#options;
    const holder = holderOf(address);
    if (connections.take(holder) !== null) return tcp.close();
    const peer: Peer = { conn: new ConnStream(tcp), address, holder, requests: 0, rest: undefined };
    this.#open.add(peer);
    peer.conn.on("error", () => {});
    peer.conn.once("close", () => {
      clearTimeout(peer.rest);
      this.#open.delete(peer);
      if (peer.conn.cutFor !== null) cuts[peer.conn.cutFor] += 1;
      connections.give(holder);
      if (this.#open.size === 0) this.#onEmpty();
    });
    if (this.#tls === null) this.#serve(peer, peer.conn);
    else this.#shakeHands(peer, this.#tls);
  }

  /** Not Deno's own TLS: a connection that it has not shaken hands with cannot be closed. */
  #shakeHands(peer: Peer, secureContext: SecureContext): void {
    const { conn } = peer;
    const late = setTimeout(() => conn.cut("too-slow"), HEAD_TIMEOUT_MS);
    // No protocol is agreed on, which means HTTP/1.1: one who knows only HTTP/2 is told so by that.
    const stream = new TLSSocket(conn as never, { isServer: true, secureContext });
    stream.once("secure", () => {
      clearTimeout(late);
      this.#serve(peer, stream);
    });
    stream.on("error", () => conn.cut());
    stream.once("close", () => conn.destroy());
    conn.once("close", () => {
      clearTimeout(late);
      stream.destroy();
    });
  }

  #serve(peer: Peer, stream: Duplex): void {
    this.#peers.set(stream, peer);
    this.#count(peer, 0);
    this.#server.emit("connection", stream);
  }

  #count(peer: Peer, change: number): void {
    peer.requests += change;
    clearTimeout(peer.rest);
    if (peer.requests > 0) return;
    peer.rest = setTimeout(() => peer.conn.cut("idle"), IDLE_TIMEOUT_MS);
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const peer = this.#peers.get(incoming.socket)!;
    if (peer.requests >= MAX_PIPELINED || peer.conn.destroyed) {
      return peer.conn.cut("too-many-requests");
    }
    this.#count(peer, 1);
    outgoing.once("close", () => {
      this.#count(peer, -1);
      // Its answer may have begun before that was known.
      if (this.#isStopping) incoming.socket.destroySoon();
    });
    const response = await this.#responseTo(incoming, peer, null);
    // What is left of a body that nobody wants is not read, so there can be no next request.
    if (!incoming.complete || this.#isStopping) outgoing.setHeader("Connection", "close");
    await writeResponse(response, outgoing);
  }

  async #answerUpgrade(incoming: IncomingMessage, stream: Duplex, head: Uint8Array): Promise<void> {
    const peer = this.#peers.get(stream)!;
    // Behind a request that is not answered yet there would be two who write.
    if (peer.requests > 0) return peer.conn.cut();
    this.#count(peer, 1);
    const share = new Share(this.#options.halfRead, peer.holder);
    let isUpgraded = false;
    const response = await this.#responseTo(incoming, peer, (request) => (events) => {
      const accepted = upgradeHead(request);
      if (accepted === null) return null;
      isUpgraded = true;
      stream.write(accepted);
      const cut = () => peer.conn.cut();
      const socket = new ServerSocket(stream, { head, share, events, cut });
      return { socket, response: switched() };
    });
    if (isUpgraded) return;
    // It is answered as any other request, and its connection is over then.
    const outgoing = new ServerResponse(incoming);
    outgoing.assignSocket(stream as never);
    outgoing.setHeader("Connection", "close");
    outgoing.once("finish", () => incoming.socket.destroySoon());
    await writeResponse(response, outgoing);
  }

  async #responseTo(
    incoming: IncomingMessage,
    { address, holder }: Peer,
    upgrade: ((request: Request) => Upgrade) | null,
  ): Promise<Response> {
    const { handle, halfRead } = this.#options;
    const request = toRequest(incoming, { isSecure: this.#tls !== null });
    if (request === null) return new Response("This is no request.\n", { status: 400 });
    meterBody(request, new Share(halfRead, holder));
    try {
      return await handle(request, { address, upgrade: upgrade?.(request) ?? null });
    } catch {
      return new Response(null, { status: 500 });
    }
  }
}

/** Of what `node:http` does not read any further. */
function causeOf(error: Error & { readonly code?: string }): CutCause | null {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return "too-slow";
  return error.code === "HPE_HEADER_OVERFLOW" ? "too-large" : null;
}

/** Fetch lets nobody make a response with this status. */
function switched(): Response {
  return Object.defineProperty(new Response(null), "status", { value: 101 });
}
