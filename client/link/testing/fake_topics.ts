import type { RecordData } from "@/protocol";
import { portPair } from "../../base/testing/fake_ports.ts";
import type { FromTopic, OpenTopic, ToTopic } from "../topic.ts";
import type { TransportKind } from "../transport.ts";

/** A topic whose other end is in the test's hands. */
export class FakeTopic {
  readonly number: number;
  readonly #pair = portPair();
  readonly #said: ToTopic[] = [];
  isClosed = false;

  constructor(number: number) {
    this.number = number;
    this.#pair.a.onmessage = ({ data }: MessageEvent<ToTopic>) => void this.#said.push(data);
  }

  /** The end that is given away. */
  get port() {
    return this.#pair.b;
  }

  /** What was sent, in order. */
  get sent(): RecordData[] {
    this.#pair.deliver();
    return this.#said.flatMap((said) => said.kind === "send" ? [said.data] : []);
  }

  /** How often it was asked whether its link is alive. */
  get checks(): number {
    this.#pair.deliver();
    return this.#said.filter(({ kind }) => kind === "check").length;
  }

  /** Something carries it from now on, or nothing. */
  link(transport: TransportKind | null): void {
    this.#say({ kind: "link", transport });
  }

  /** The server says something. */
  hear(data: RecordData): void {
    this.#say({ kind: "data", data });
  }

  /** All that was sent is taken, and so many bytes are not on their way. */
  block(bufferedBytes: number): void {
    const takenBytes = this.sent.reduce((sum, { length }) => sum + length, 0);
    this.#say({ kind: "buffered", takenBytes, bufferedBytes });
  }

  #say(message: FromTopic): void {
    this.#pair.a.postMessage(message);
    this.#pair.deliver();
  }
}

/** Opens such, and keeps them in a list. */
export function fakeTopics(opened: FakeTopic[]): OpenTopic {
  return (number) => {
    const topic = new FakeTopic(number);
    opened.push(topic);
    return { port: topic.port, close: () => void (topic.isClosed = true) };
  };
}
