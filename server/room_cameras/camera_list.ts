import type { CameraName, CameraStatus, ServerCamera } from "@/protocol";
import type { CameraSpec } from "../base/camera_spec.ts";

/** Longest problem that pages are told. */
const MAX_PROBLEM_CHARS = 300;

const NO_BOXES =
  "This server finds nothing itself: start it with --mode server or auto to have boxes drawn in.";

/** The cameras of this server, and how each is. No address of any of them leaves it. */
export class CameraList {
  readonly #cameras: Map<CameraName, ServerCamera>;
  readonly #canBurn: boolean;

  /** @param canBurn Whether this server finds anything that could be drawn into pictures. */
  constructor(specs: readonly CameraSpec[], canBurn: boolean) {
    this.#canBurn = canBurn;
    this.#cameras = new Map(
      specs.map(({ name, kind }) => [
        name,
        kind === "boxes" && !canBurn
          ? { name, kind, status: "unavailable", problem: NO_BOXES }
          : { name, kind, status: "idle", problem: null },
      ]),
    );
  }

  /**
   * Those that an owner may use. A drawn scene is everybody's; the others show the operator's home, so
   * they are for who is at this computer or signed in.
   */
  listFor({ isTrusted }: { readonly isTrusted: boolean }): readonly ServerCamera[] {
    return [...this.#cameras.values()].filter(({ kind }) => isTrusted || kind === "scene");
  }

  /** A camera is so from now on. Says whether that is news. */
  set(name: CameraName, status: CameraStatus, problem: string | null): boolean {
    const known = this.#cameras.get(name);
    const words = problem === null ? null : problem.slice(0, MAX_PROBLEM_CHARS);
    if (
      known === undefined || known.kind === "whep" ||
      (known.kind === "boxes" && !this.#canBurn) ||
      (known.status === status && known.problem === words)
    ) return false;
    this.#cameras.set(name, { ...known, status, problem: words });
    return true;
  }

  /** All are so: the process that has them is. */
  setAll(status: CameraStatus, problem: string | null): void {
    for (const name of this.#cameras.keys()) this.set(name, status, problem);
  }

  /** How many there are, by how they are. */
  counts(): Partial<Record<CameraStatus, number>> {
    const counts: Partial<Record<CameraStatus, number>> = {};
    for (const { status } of this.#cameras.values()) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }
}
