import { SERVER_STAGES } from "@/protocol";

/** A stage of the frame path on the server. */
export type ServerStage = (typeof SERVER_STAGES)[number];

/** Times the stages of one frame after another; one object serves all frames. */
export class ServerStageClock {
  readonly #now: () => number;
  readonly #times = Object.fromEntries(SERVER_STAGES.map((stage) => [stage, 0])) as Record<
    ServerStage,
    number
  >;
  #borderMs = 0;

  /** @param now A steady clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Begins a frame. */
  start(): void {
    for (const stage of SERVER_STAGES) this.#times[stage] = 0;
    this.#borderMs = this.#now();
  }

  /** Ends `stage` here: it lasted since the last border. */
  end(stage: ServerStage): void {
    const borderMs = this.#now();
    this.#times[stage] = borderMs - this.#borderMs;
    this.#borderMs = borderMs;
  }

  /** A copy of this frame's times, ms, to a microsecond. */
  times(): Record<ServerStage, number> {
    const times = { ...this.#times };
    for (const stage of SERVER_STAGES) times[stage] = Math.round(times[stage] * 1000) / 1000;
    return times;
  }
}
