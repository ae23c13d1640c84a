import { MAX_CLASS_NAME_CHARS } from "@/protocol";

/** Class names that can be shown, and what had to be changed for it. */
export interface ClassNames {
  /** In class order, as many as there were; each fits `labelsSchema`. */
  readonly names: readonly string[];
  /** Sentence about those that were changed; `null`: none was. */
  readonly note: string | null;
}

/** Names that the sentence says; the others are counted. */
const MAX_SAID = 3;

/**
 * Makes names that anybody may have written fit to be shown, each by itself: a bad one costs that one.
 * Line breaks and other control characters become a space, a long name is cut short, and one of which
 * nothing is left is called by its number.
 */
export function usableNames(raw: readonly string[]): ClassNames {
  const changes: string[] = [];
  const names = raw.map((name, index) => {
    const usable = usableName(name, index);
    // Space at the ends is no fault worth a word.
    if (usable !== name.trim()) changes.push(`${index} is shown as "${usable}"`);
    return usable;
  });
  if (changes.length === 0) return { names, note: null };
  const rest = changes.length - MAX_SAID;
  const said = changes.slice(0, MAX_SAID).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
  return { names, note: `Class names that cannot be shown as they are: ${said}.` };
}

function usableName(name: string, index: number): string {
  const line = name.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  if (line === "") return `class ${index}`;
  return line.length <= MAX_CLASS_NAME_CHARS ? line : `${cut(line, MAX_CLASS_NAME_CHARS - 1)}…`;
}

/** The first `length` units, or one less: no character is cut in two. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}
