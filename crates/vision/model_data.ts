// This module is browser compatible.
import { fromHalf, type HalfArray, halfArray, toHalf } from "./half.ts";

// Between the core, which knows f32 only, and runtimes, whose tensors are of the types that a model has.

/** Types of numbers that a model can be fed with. */
export type InputType = "float32" | "float16" | "uint8";

/** Numbers of a model's input and how a frame gets into them. */
export interface InputData {
  readonly type: InputType;
  readonly data: Float32Array<ArrayBuffer> | HalfArray | Uint8Array<ArrayBuffer>;
  /** Rounds to the type. @param input Of the same length. */
  write(input: Float32Array): void;
}

/** Room for a model's input. */
export function inputData(type: InputType, length: number): InputData {
  switch (type) {
    case "float32": {
      const data = new Float32Array(length);
      return { type, data, write: (input) => data.set(input) };
    }
    case "float16": {
      const data = halfArray(length);
      return { type, data, write: (input) => toHalf(input, data) };
    }
    case "uint8": {
      // Clamped: rounds to the nearest, ties to even.
      const clamped = new Uint8ClampedArray(length);
      const data = new Uint8Array(clamped.buffer);
      return { type, data, write: (input) => clamped.set(input) };
    }
  }
}

/** A tensor as runtimes give it: numbers of its `type`. */
export interface OutputData {
  readonly type: string;
  readonly data: unknown;
}

/** Makes f32 of a model's outputs; keeps room for them from run to run. */
export class HeadNumbers {
  readonly #rooms: Float32Array<ArrayBuffer>[] = [];
  readonly #outputs: Float32Array[] = [];

  /** @returns The numbers of all outputs, in their order; good until the next call. */
  read(outputs: readonly OutputData[]): readonly Float32Array[] {
    this.#outputs.length = outputs.length;
    for (let at = 0; at < outputs.length; at++) this.#outputs[at] = this.#widen(outputs[at]!, at);
    return this.#outputs;
  }

  #widen({ type, data }: OutputData, at: number): Float32Array {
    if (type === "float32") return data as Float32Array;
    const numbers = data as ArrayLike<number | bigint>;
    let room = this.#rooms[at];
    if (room === undefined || room.length < numbers.length) {
      room = this.#rooms[at] = new Float32Array(numbers.length);
    }
    const view = room.length === numbers.length ? room : room.subarray(0, numbers.length);
    if (type === "float16") fromHalf(data as HalfArray, view);
    else for (let i = 0; i < numbers.length; i++) view[i] = Number(numbers[i]);
    return view;
  }
}

/**
 * Time of a warm run: the median of a few after the first, which allocates or compiles and is thrown
 * away. @returns ms.
 */
export async function medianRunMs(run: () => Promise<unknown>, runs: number): Promise<number> {
  await run();
  const times: number[] = [];
  for (let at = 0; at < runs; at++) {
    const startMs = performance.now();
    await run();
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[runs >> 1]!;
}
