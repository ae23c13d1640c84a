import { CAPTURE_CLOCKS, type MetricsSample } from "@/protocol";

const BOXES: readonly MetricsSample["boxes"][] = [
  "own",
  "between",
  "predicted",
  "none",
  "followed",
];

/** What is kept of each sample; the rest of it follows from these. */
const COLUMNS = {
  capture_ts: (sample) => sample.capture_ts,
  clock: (sample) => CAPTURE_CLOCKS.indexOf(sample.capture_clock),
  clock_error_ms: (sample) => sample.clock_error_ms,
  received_ts: (sample) => sample.received_ts,
  recv_ts: (sample) => sample.recv_ts,
  display_ts: (sample) => sample.display_ts,
  server_ms: (sample) => sample.server_ms,
  boxes: (sample) => BOXES.indexOf(sample.boxes),
  age_ms: (sample) => sample.age_ms,
  detections: (sample) => sample.detections,
} satisfies Record<string, (sample: MetricsSample) => number | null>;

type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

const FIRST_CAPACITY = 1024;

/**
 * The newest samples, in columns of numbers: as objects, half an hour of them takes 50 MB, and the
 * collector a look at each. Grows by doubling up to `limit`, then forgets the oldest. Not a number
 * stands for `null` and for a stage that was not measured.
 */
export class SampleStore {
  readonly #limit: number;
  #capacity = 0;
  #columns = new Map<string, Float64Array>();
  /** Samples ever added; the next one's place is this modulo the limit. */
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are kept. */
  get length(): number {
    return Math.min(this.#count, this.#limit);
  }

  /** Memory that the columns take. */
  get bytes(): number {
    return this.#columns.size * this.#capacity * Float64Array.BYTES_PER_ELEMENT;
  }

  add(sample: MetricsSample): void {
    if (this.#count >= this.#capacity) this.#grow();
    const at = this.#count % this.#limit;
    for (const column of this.#columns.values()) column[at] = NaN;
    for (const name of NAMES) this.#column(name)[at] = COLUMNS[name](sample) ?? NaN;
    for (const [stage, durationMs] of Object.entries(sample.stages_ms)) {
      this.#column(STAGE + stage)[at] = durationMs;
    }
    this.#count += 1;
  }

  /** All that are kept, the oldest first, as they were added. */
  samples(): MetricsSample[] {
    const stages = [...this.#columns.keys()].filter((name) => name.startsWith(STAGE));
    const from = this.#count <= this.#limit ? 0 : this.#count % this.#limit;
    return Array.from({ length: this.length }, (_, index) => {
      return this.#at((from + index) % this.#limit, stages);
    });
  }

  clear(): void {
    this.#columns = new Map();
    this.#capacity = 0;
    this.#count = 0;
  }

  #at(at: number, stages: readonly string[]): MetricsSample {
    const value = (name: string) => {
      const found = this.#columns.get(name)![at]!;
      return Number.isNaN(found) ? null : found;
    };
    const captureTs = value("capture_ts")!;
    const displayTs = value("display_ts")!;
    const recvTs = value("recv_ts");
    const clock = CAPTURE_CLOCKS[value("clock")!]!;
    const isEndToEnd = clock !== "receiveTime";
    const times = stages.flatMap((name) => {
      const durationMs = value(name);
      return durationMs === null ? [] : [[name.slice(STAGE.length), durationMs] as const];
    });
    return {
      capture_ts: captureTs,
      capture_clock: clock,
      clock_error_ms: value("clock_error_ms"),
      received_ts: value("received_ts")!,
      recv_ts: recvTs,
      display_ts: displayTs,
      latency_ms: isEndToEnd ? displayTs - captureTs : null,
      network_ms: isEndToEnd && recvTs !== null ? recvTs - captureTs : null,
      server_ms: value("server_ms"),
      boxes: BOXES[value("boxes")!]!,
      age_ms: value("age_ms"),
      detections: value("detections")!,
      stages_ms: Object.fromEntries(times),
    };
  }

  #column(name: string): Float64Array {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = new Float64Array(this.#capacity).fill(NaN);
      this.#columns.set(name, column);
    }
    return column;
  }

  /** Twice as much room; at the limit there is enough. */
  #grow(): void {
    if (this.#capacity === this.#limit) return;
    this.#capacity = Math.min(this.#limit, Math.max(FIRST_CAPACITY, this.#capacity * 2));
    for (const [name, column] of this.#columns) {
      const larger = new Float64Array(this.#capacity).fill(NaN);
      larger.set(column);
      this.#columns.set(name, larger);
    }
  }
}

/** Before the names of columns of stages. */
const STAGE = "stage.";
