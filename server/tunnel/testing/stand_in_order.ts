/** Environment variable that holds a {@linkcode StandInOrder}. */
export const STAND_IN_VARIABLE = "TUNNEL_STAND_IN";

/** What a stand-in is to do, as JSON. */
export interface StandInOrder {
  readonly mode: "forward" | "no-account" | "rate-limited" | "flood";
  /** Where the service's public side listens on 127.0.0.1. */
  readonly edgePort: number;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Public names, one a run. */
  readonly hosts: readonly string[];
  /** Counts the runs. */
  readonly runsFile: string;
  /** From where everybody comes, as the service tells it. */
  readonly clientAddress: string;
  /** Answers WebSocket handshakes with 400, as some proxies do. */
  readonly blocksUpgrades: boolean;
}
