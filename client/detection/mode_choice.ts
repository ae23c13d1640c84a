import type { ClientConfig, Mode } from "@/protocol";

/** A question that only the person at this page can answer. */
export type ConsentQuestion =
  /** The mode was chosen: may frames go to the server? */
  | { readonly kind: "mode"; readonly mode: Mode }
  /** `auto` found the server faster. */
  | { readonly kind: "auto" };

/** What was chosen and what is still asked. */
export interface ModeState {
  /** In force. */
  readonly mode: Mode;
  readonly question: ConsentQuestion | null;
  /** Chosen by the server's configuration and not asked about yet: nobody has joined. */
  readonly pending: Mode | null;
  /** `auto` was told to stay in the browser. */
  readonly isAutoKept: boolean;
}

/** What happened. */
export type ModeInput =
  | { readonly kind: "chosen"; readonly mode: Mode }
  | { readonly kind: "phone-joined" }
  | { readonly kind: "auto-wants-server" }
  | { readonly kind: "answered"; readonly yes: boolean };

/** Begins as the server is configured; with what needs no consent where that is not given yet. */
export function startMode(
  { mode, modes }: Pick<ClientConfig, "mode" | "modes">,
  isConsentGiven: boolean,
): ModeState {
  const fresh = { question: null, pending: null, isAutoKept: false };
  if (mode !== "server" || isConsentGiven) return { ...fresh, mode };
  return { ...fresh, mode: modes.includes("wasm") ? "wasm" : "off", pending: mode };
}

/** Decides which mode is in force and what is asked. Frames never go before the answer. Pure. */
export function stepMode(state: ModeState, input: ModeInput, isConsentGiven: boolean): ModeState {
  switch (input.kind) {
    case "chosen": {
      const { mode } = input;
      if (mode === "server" && !isConsentGiven) {
        return { ...state, pending: null, question: { kind: "mode", mode } };
      }
      return { mode, question: null, pending: null, isAutoKept: false };
    }
    case "phone-joined":
      if (state.pending === null) return state;
      // What came is a camera of the server, whose pictures are there already.
      if (isConsentGiven) return { ...state, pending: null, mode: state.pending };
      return { ...state, pending: null, question: { kind: "mode", mode: state.pending } };
    case "auto-wants-server":
      if (isConsentGiven || state.isAutoKept || state.question !== null) return state;
      return { ...state, question: { kind: "auto" } };
    case "answered": {
      const { question } = state;
      if (question === null) return state;
      if (question.kind === "auto") return { ...state, question: null, isAutoKept: !input.yes };
      return { ...state, question: null, mode: input.yes ? question.mode : state.mode };
    }
  }
}
