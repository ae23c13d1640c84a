/** What a key does on the viewer's page. */
export type Shortcut =
  | "full-screen"
  | "view"
  | "mirror"
  | "pause"
  | "snapshot"
  | "record"
  | "help";

/** Each key with what it does, in the order of the help. */
export const SHORTCUTS: readonly {
  readonly key: string;
  readonly shortcut: Shortcut;
  readonly words: string;
}[] = [
  { key: "f", shortcut: "full-screen", words: "Full screen on or off" },
  { key: "v", shortcut: "view", words: "Switch between live and synced view" },
  { key: "m", shortcut: "mirror", words: "Mirror the picture" },
  { key: "p", shortcut: "pause", words: "Pause or resume the phone's camera" },
  { key: "s", shortcut: "snapshot", words: "Save a snapshot" },
  { key: "r", shortcut: "record", words: "Start or stop recording" },
  { key: "?", shortcut: "help", words: "This help" },
];

/** What is looked at of a key that is pressed. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "isComposing"
>;

/** What is looked at of the element that has the focus. */
export interface KeyTarget {
  readonly tagName: string;
  /** Of an input. */
  readonly type?: string;
  readonly isContentEditable?: boolean;
}

/** Inputs that letters do nothing to. */
const DEAF_INPUTS = new Set(["checkbox", "range", "button", "radio", "file"]);

/** What a key press asks for; `null`: nothing, or it is meant for the field that is typed in. */
export function shortcutOf(press: KeyPress, target: KeyTarget | null): Shortcut | null {
  // Shift is let through: on most keyboards "?" needs it.
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  if (press.repeat || press.isComposing || takesLetters(target)) return null;
  return SHORTCUTS.find(({ key }) => key === press.key.toLowerCase())?.shortcut ?? null;
}

function takesLetters(target: KeyTarget | null): boolean {
  if (target === null) return false;
  const { tagName, type = "", isContentEditable = false } = target;
  if (tagName === "INPUT") return !DEAF_INPUTS.has(type);
  // A list jumps to the entry that begins with the letter.
  return isContentEditable || tagName === "TEXTAREA" || tagName === "SELECT";
}
