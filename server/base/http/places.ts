import { isLoopback } from "./loopback.ts";

/** How many may be held at once. */
export interface PlaceLimits {
  readonly total: number;
  /** Of one address. This computer's own has no such bound: a proxy on it speaks for many. */
  readonly perAddress: number;
  /** Of the total, kept for this very computer. */
  readonly localOnly: number;
  /** What each {@linkcode Share} has besides and is not counted: there are only so many. @default 0 */
  readonly freeOfEach?: number;
}

/** Why there is no place: of that address are too many, or of all. */
export type PlaceRefusal = "too-many-of-address" | "too-many";

/** Counts what addresses hold: connections, or bytes that are not read to their end. Pure. */
export class Places {
  /** What was refused so far. */
  readonly refused: Record<PlaceRefusal, number> = { "too-many-of-address": 0, "too-many": 0 };
  readonly #limits: PlaceLimits;
  readonly #speaksForMany: (address: string) => boolean;
  readonly #held = new Map<string, number>();
  #total = 0;
  /** Of these, by others than this computer. */
  #ofOthers = 0;

  /** @param speaksForMany Whether an address is a proxy's, which has no bound of its own. */
  constructor(limits: PlaceLimits, speaksForMany: (address: string) => boolean = () => false) {
    this.#limits = limits;
    this.#speaksForMany = speaksForMany;
  }

  /** Held now. */
  get total(): number {
    return this.#total;
  }

  /** See {@linkcode PlaceLimits.freeOfEach}. */
  get freeOfEach(): number {
    return this.#limits.freeOfEach ?? 0;
  }

  /** Takes places. @returns Why there are none; `null`: they are taken until they are given back. */
  take(address: string, places = 1): PlaceRefusal | null {
    const cause = this.#refusal(address, places);
    if (cause === null) this.#change(address, places);
    else this.refused[cause] += 1;
    return cause;
  }

  /** Gives places back that were taken. */
  give(address: string, places = 1): void {
    this.#change(address, -places);
  }

  #refusal(address: string, places: number): PlaceRefusal | null {
    const { total, perAddress, localOnly } = this.#limits;
    if (this.#total + places > total) return "too-many";
    if (isLoopback(address)) return null;
    const isOver = (this.#held.get(address) ?? 0) + places > perAddress;
    if (isOver && !this.#speaksForMany(address)) return "too-many-of-address";
    return this.#ofOthers + places > total - localOnly ? "too-many" : null;
  }

  #change(address: string, places: number): void {
    const held = (this.#held.get(address) ?? 0) + places;
    if (held > 0) this.#held.set(address, held);
    else this.#held.delete(address);
    this.#total += places;
    if (!isLoopback(address)) this.#ofOthers += places;
  }
}

/** What one reader has of the bytes that may wait half-read; gives all back when it is done. */
export class Share {
  readonly #places: Places;
  readonly #address: string;
  #bytes = 0;
  /** Of these, past what is free. */
  #counted = 0;

  constructor(places: Places, address: string) {
    this.#places = places;
    this.#address = address;
  }

  /** @returns Whether so many more bytes may be kept. */
  take(bytes: number): boolean {
    const counted = Math.max(0, this.#bytes + bytes - this.#places.freeOfEach);
    const more = counted - this.#counted;
    if (more > 0 && this.#places.take(this.#address, more) !== null) return false;
    this.#bytes += bytes;
    this.#counted = counted;
    return true;
  }

  /** All of it was read, or dropped. */
  free(): void {
    if (this.#counted > 0) this.#places.give(this.#address, this.#counted);
    this.#bytes = 0;
    this.#counted = 0;
  }
}
