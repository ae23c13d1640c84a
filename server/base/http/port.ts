/** After a failed `accept`, as where descriptors are short, the next is tried. */
const RETRY_MS = 100;

/** After so many in a row the port is closed and opened again. */
const TRIES_BEFORE_REOPEN = 20;

/** After so many more that is given up. */
const REOPEN_TRIES = 50;

/** What a port is given, and whom it tells. */
export interface PortOptions {
  readonly hostname: string;
  /** 0: a free one. */
  readonly port: number;
  onConnection(conn: Deno.TcpConn): void;
  /** It takes no connections any more, and could not be opened again. */
  onLost(error: unknown): void;
  /** @default {Deno.listen} */
  readonly listen?: (options: { hostname: string; port: number }) => Deno.TcpListener;
  readonly retryMs?: number;
}

/** Accepts connections one after the other, and opens itself again where that fails for long. */
export class Port {
  readonly #options: PortOptions;
  #listener: Deno.TcpListener;
  /** Since a connection came. */
  #failures = 0;
  #isDeaf = false;
  #isClosed = false;

  /** @throws {Error} As `Deno.listen` does. */
  constructor(options: PortOptions) {
    this.#options = options;
    this.#listener = this.#listen(options.port);
    void this.#acceptAll();
  }

  /** The one that is really listened on. */
  get number(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Whether a connection would be taken now. */
  get isAccepting(): boolean {
    return !this.#isDeaf && !this.#isClosed;
  }

  /** The end. */
  close(): void {
    this.#isClosed = true;
    this.#closeListener();
  }

  #listen(port: number): Deno.TcpListener {
    const { listen = Deno.listen, hostname } = this.#options;
    return listen({ hostname, port });
  }

  async #acceptAll(): Promise<void> {
    const { onConnection, onLost, retryMs = RETRY_MS } = this.#options;
    while (!this.#isClosed) {
      try {
        const conn = await this.#listener.accept();
        this.#failures = 0;
        this.#isDeaf = false;
        onConnection(conn);
      } catch (error) {
        if (this.#isClosed) return;
        this.#failures += 1;
        // One that was reset before it was accepted says nothing of the port.
        this.#isDeaf = this.#failures > 1;
        if (this.#failures > TRIES_BEFORE_REOPEN + REOPEN_TRIES) return onLost(error);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        if (this.#failures >= TRIES_BEFORE_REOPEN && !this.#isClosed) this.#reopen();
      }
    }
  }

  #reopen(): void {
    const { number } = this;
    this.#closeListener();
    try {
      this.#listener = this.#listen(number);
      this.#isDeaf = false;
    } catch {
      // Its `accept` fails, and then this is tried again.
    }
  }

  #closeListener(): void {
    try {
      this.#listener.close();
    } catch {
      // Closed already, and not opened again.
    }
  }
}
