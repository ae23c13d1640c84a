import type { PeerId, Profile } from "@/protocol";
import type { LoadLevel } from "../inference/load_level.ts";

/** What load control has done to the phone's camera. */
export type ReliefState =
  | { readonly kind: "untouched" }
  /** Asked for a smaller picture; `before` is to come back. */
  | { readonly kind: "lowered"; readonly asked: Profile; readonly before: Profile }
  /** A person chose another profile meanwhile: theirs, until the load is gone. */
  | { readonly kind: "overruled" };

/** What relief looks at. */
export interface ReliefInput {
  readonly level: LoadLevel;
  /** The camera's profile as the phone says; `null`: not known. */
  readonly profile: Profile | null;
  /** Only the owner may command a phone. */
  readonly isOwner: boolean;
}

/** The largest picture at each level. */
const LARGEST: Readonly<Record<LoadLevel, Profile>> = {
  full: "high",
  reduced: "balanced",
  "latest-only": "low",
  paused: "low",
};

const SIZES: readonly Profile[] = ["low", "balanced", "high"];

/** Decides what to ask of the phone's camera; `null`: nothing. Pure. */
export function stepRelief(
  state: ReliefState,
  { level, profile, isOwner }: ReliefInput,
): { readonly state: ReliefState; readonly command: Profile | null } {
  if (!isOwner || profile === null) return { state, command: null };
  if (level === "full") {
    const command = state.kind === "lowered" && profile === state.asked ? state.before : null;
    return { state: { kind: "untouched" }, command };
  }
  if (state.kind === "overruled") return { state, command: null };
  if (state.kind === "lowered" && profile !== state.asked) {
    // Until the phone has obeyed it still says the former one.
    return { state: profile === state.before ? state : { kind: "overruled" }, command: null };
  }
  const before = state.kind === "lowered" ? state.before : profile;
  const wanted = smaller(before, LARGEST[level]);
  if (wanted === profile) return { state, command: null };
  if (wanted === before) return { state: { kind: "untouched" }, command: before };
  return { state: { kind: "lowered", asked: wanted, before }, command: wanted };
}

/** {@linkcode stepRelief} for the phone on screen, which may be another one at any time. */
export class CameraRelief {
  #phone: PeerId | null = null;
  #state: ReliefState = { kind: "untouched" };

  /** What to ask of `phone` now; `null`: nothing. */
  step(phone: PeerId | null, input: ReliefInput): Profile | null {
    if (phone !== this.#phone) this.#state = { kind: "untouched" };
    this.#phone = phone;
    const { state, command } = stepRelief(this.#state, input);
    this.#state = state;
    return command;
  }
}

function smaller(a: Profile, b: Profile): Profile {
  return SIZES.indexOf(a) < SIZES.indexOf(b) ? a : b;
}
