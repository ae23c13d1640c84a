import qrcode from "qrcode";
import type { ServerConfig } from "../base/config.ts";

/** What is known when the server listens. */
export interface BannerFacts {
  readonly laptopUrl: string;
  /** Origin for phones, such as `https://192.168.1.20:3443`; `null`: none can come. */
  readonly phoneOrigin: string | null;
  /** Link behind the QR code; holds the start code. */
  readonly doorUrl: string | null;
  readonly mode: string;
  /** Title of the model to start with, or why there is none. */
  readonly model: string;
  /** What else there is to know, each a sentence. */
  readonly notes: readonly string[];
  /** The drawn QR code, or `null` for none. */
  readonly qr: string | null;
}

/** What a person needs to know once the server listens. Pure. */
export function bannerText(facts: BannerFacts): string {
  const lines = [
    "",
    `  On this computer:  ${facts.laptopUrl}`,
    facts.phoneOrigin === null
      ? "  On the phone:      no address, see the note"
      : `  On the phone:      ${facts.phoneOrigin}/j   (type the code that the viewer shows)`,
    `  Mode:              ${facts.mode}`,
    `  Model:             ${facts.model}`,
    ...facts.notes.map((note) => `  ${note}`),
    "",
  ];
  if (facts.qr !== null) {
    lines.push(
      "  Open the first link, then scan the viewer's QR code, or this one:",
      "",
      facts.qr,
      `  ${facts.doorUrl}`,
      "",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** What a person is told when phones reach the server at another address than before. Pure. */
export function newAddressText(
  { phoneOrigin, doorUrl, qr }: {
    readonly phoneOrigin: string;
    readonly doorUrl: string;
    readonly qr: BannerFacts["qr"];
  },
): string {
  const lines = ["", `  The tunnel has another address now:  ${phoneOrigin}/j`, ""];
  if (qr !== null) lines.push(qr, `  ${doorUrl}`, "");
  return `${lines.join("\n")}\n`;
}

/** Lines about the password; it is shown only where nobody knows it yet. */
export function passwordNotes(
  { password }: Pick<ServerConfig, "password">,
  text: string | null,
): string[] {
  if (password === null || text === null) return [];
  return [
    password.kind === "given"
      ? "Password:          as you set it; viewers on other computers are asked for it"
      : `Password:          ${text}   (for viewers on other computers, until the next start)`,
  ];
}

/** Lines about the TURN server: which, and for whom. */
export function turnNotes(
  { turn, turnFor, password }: Pick<ServerConfig, "turn" | "turnFor" | "password">,
): string[] {
  if (turn === null) return [];
  const urls = `TURN:              ${turn.urls.join(", ")}`;
  if (turnFor === "everybody") return [`${urls}   (for everybody's rooms)`];
  const who = password === null
    ? "rooms that are opened on this computer; others: --password, or PEERLENS_TURN_FOR"
    : "rooms that are opened on this computer, or by those who gave the password";
  return [urls, `                   for ${who}`];
}

/**
 * Lines about a tunnel: what visitors meet, and who may come in.
 * @param interstitial What stands in front of our page there, as a sentence; `null`: nothing.
 */
export function tunnelNotes(interstitial: string | null, hasPassword: boolean): string[] {
  return [
    ...(interstitial === null ? [] : [`Note:              ${interstitial}`]),
    ...(hasPassword ? [] : [
      "Note:              Whoever has this address can open rooms of their own on this server.",
      "                   Start it with --password to be asked for one there.",
    ]),
  ];
}

/**
 * Draws a QR code in text, two modules a character.
 * @param colours Whether to fix black on white with terminal codes; scanners read that best.
 */
export async function drawQr(text: string, colours: boolean): Promise<string> {
  const drawn: string = await qrcode.toString(text, { type: "utf8", margin: 2 });
  const lines = drawn.split("\n").filter((line) => line !== "");
  return lines.map((line) => colours ? `  \x1b[30;107m${line}\x1b[0m` : `  ${line}`).join("\n");
}
