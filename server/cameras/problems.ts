import type { CameraKind } from "@/protocol";

/** What a person does where ffmpeg is not installed. */
export const NO_FFMPEG =
  "The server has no ffmpeg, which cameras need. Install it (Debian and Ubuntu: apt install ffmpeg; " +
  "macOS: brew install ffmpeg; Windows: winget install ffmpeg) and start the server again.";

/**
 * What lines of ffmpeg's mean, in words for pages: none of the lines themselves, which may name an address.
 * The first that fits wins.
 */
const KNOWN: readonly { readonly pattern: RegExp; readonly sentence: string }[] = [
  {
    pattern: /\b40[13]\b|unauthori[sz]ed|forbidden/i,
    sentence: "It refuses the name or the password.",
  },
  { pattern: /\b4[05]4\b|stream not found/i, sentence: "It has no stream under this path." },
  { pattern: /connection refused/i, sentence: "Nothing answers at its address." },
  {
    pattern: /timed? ?out|no route to host|unreachable|resolve|name or service/i,
    sentence: "It cannot be reached.",
  },
  { pattern: /no such file|cannot find the file/i, sentence: "There is no such file or device." },
  { pattern: /permission denied/i, sentence: "The server may not read it." },
  { pattern: /resource busy/i, sentence: "Another program is using it." },
  { pattern: /unknown encoder/i, sentence: "This ffmpeg has no H.264 encoder (libx264)." },
  {
    pattern: /unrecognized option|option not found|unknown input format/i,
    sentence: "This ffmpeg is too old, or lacks a part: version 5.1 or newer is needed.",
  },
  { pattern: /matches no streams|does not contain any stream/i, sentence: "It has no video." },
  { pattern: /invalid data|could not find codec/i, sentence: "Its video cannot be read." },
];

/** Why a source has no picture, in words. @param lines Its ffmpeg's last words. */
export function sourceProblem(kind: CameraKind, lines: readonly string[]): string {
  // The last words name the cause, those before it what it led to.
  const text = lines.join("\n");
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  if (known !== undefined) return known.sentence;
  return kind === "file" ? "The file ended or cannot be read." : "Its picture ended.";
}

/** Why frames are not encoded, in words. */
export function encoderProblem(lines: readonly string[]): string {
  const known = KNOWN.find(({ pattern }) => pattern.test(lines.join("\n")));
  return known?.sentence ?? "Its picture cannot be encoded at the moment.";
}

/** See {@linkcode KeeperOptions.unable}. */
export function unableToStart(error: unknown): string | null {
  const isMissing = error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotCapable;
  return isMissing ? NO_FFMPEG : null;
}
