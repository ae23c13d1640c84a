import ndc, { type DataChannel, type PeerConnection } from "node-datachannel";
import { encodeFrame, type OutgoingFrame } from "@/protocol";
import { openChannels } from "../viewer_connection.ts";
import type { StreamKey, StreamSignal } from "../ipc.ts";
import { KEY, type TestChild } from "./test_child.ts";

/** A viewer's end of a stream's DataChannels, negotiated with a real child. */
export class TestViewer implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly frames: DataChannel;
  readonly results: DataChannel;
  readonly #connection: PeerConnection;
  readonly #child: TestChild;
  readonly #stream: StreamKey;
  readonly #named: readonly string[];
  #onText: () => void = () => {};

  /** @param named Candidates that stand in its offer, too. */
  constructor(child: TestChild, stream = KEY, named: readonly string[] = []) {
    this.#child = child;
    this.#stream = stream;
    this.#named = named;
    const config = { iceServers: [], bindAddress: "127.0.0.1", disableAutoNegotiation: true };
    this.#connection = new ndc.PeerConnection("viewer", config);
    [this.frames, this.results] = openChannels(this.#connection);
    this.results.onMessage((text) => {
      this.texts.push(String(text));
      this.#onText();
    });
  }

  /** Resolves when both channels are open. */
  async connect(): Promise<void> {
    const since = this.#child.received.length;
    const open = [this.frames, this.results].map((channel) =>
      new Promise<void>((resolve) => channel.onOpen(resolve))
    );
    this.offer();
    let isOver = false;
    for (let at = since; !isOver; at++) {
      const message = await this.#child.next((each) => each, { since: at });
      if (message.kind !== "signal" || message.stream !== this.#stream) continue;
      const { signal } = message;
      if (signal.kind === "offer-refused") throw new Error(`Cannot connect: ${signal.cause}`);
      if (signal.kind === "answer") this.#connection.setRemoteDescription(signal.sdp, "answer");
      else if (signal.candidate === null) isOver = true;
      else this.#connection.addRemoteCandidate(signal.candidate.candidate, "0");
    }
    await Promise.all(open);
  }

  /** Sends an offer, and what candidates there are; whatever comes of it. */
  offer(): void {
    const say = (signal: StreamSignal) =>
      void this.#child.send({ kind: "signal", stream: this.#stream, signal });
    this.#connection.onLocalDescription((sdp) => {
      const candidates = this.#named.map((line) => `a=${line}\r\n`).join("");
      say({ kind: "offer", sdp: `${sdp}${candidates}` });
    });
    this.#connection.onLocalCandidate((line, sdpMid) =>
      say({ kind: "ice-candidate", candidate: { candidate: line.replace(/^a=/, ""), sdpMid } })
    );
    this.#connection.setLocalDescription("offer");
  }

  /** Sends a frame in messages of at most `maxMessageBytes`. */
  send(frame: OutgoingFrame, maxMessageBytes = 65_536): void {
    for (const chunk of encodeFrame(frame, maxMessageBytes)) this.frames.sendMessageBinary(chunk);
  }

  /** The first text, come or to come, that `pick` takes, as JSON. */
  async next(
    pick: (message: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    const deadline = Date.now() + 5_000;
    for (let at = 0; Date.now() < deadline;) {
      if (at < this.texts.length) {
        const message = JSON.parse(this.texts[at++]!);
        if (pick(message)) return message;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#onText = resolve;
        const timer = setTimeout(resolve, 5_000);
        await promise;
        clearTimeout(timer);
      }
    }
    throw new Error(`Nothing came in time; so far: ${this.texts.join(" ")}`);
  }

  /** Closes the connection and resolves when it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The child may have closed it already.
    if (this.#connection.state() === "closed") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connection.onStateChange((state) => state === "closed" && resolve());
    this.#connection.close();
    await promise;
  }
}
