/** The few pages that the server writes itself: short, without scripts, readable in dark and light. */

/** Served at {@linkcode STYLE_PATH}: the security policy forbids styles inside a page. */
export const STYLE = `:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
input { font: inherit; font-size: 1.5rem; width: 10ch; letter-spacing: .15em; text-transform: uppercase; padding: .25em .5em; }
button { font: inherit; padding: .5em 1.25em; }
`;

/** Path of {@linkcode STYLE}. */
export const STYLE_PATH = "/page.css";

/** What a short page says. Everything is escaped but `body`, which is HTML of ours. */
export interface Page {
  readonly title: string;
  /** Sentences, each a paragraph. */
  readonly text: readonly string[];
  /** Further HTML, from this file only. */
  readonly body?: string;
  /** Seconds after which the page loads itself again. */
  readonly refreshS?: number;
}

/** Writes a short page. */
export function pageHtml({ title, text, body = "", refreshS }: Page): string {
  const refresh = refreshS === undefined ? "" : `<meta http-equiv="refresh" content="${refreshS}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<title>${escapeHtml(title)} – Peerlens</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${text.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("\n")}
${body}
</main>
</body>
</html>
`;
}

/** The page on which a code is typed. `problem`: what was wrong with the last one. */
export function codePage(problem?: string): string {
  const ask = "Type the six characters that the viewer shows.";
  return pageHtml({
    title: "Join with a code",
    text: problem === undefined ? [ask] : [problem, ask],
    body: `<form action="/j" method="get"><label for="code">Code</label>
<p><input id="code" name="code" required maxlength="12" autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus>
<button>Join</button></p></form>`,
  });
}

/** What a phone sees that scanned the terminal's QR code before the viewer was opened. */
export function waitingPage(laptopUrl: string): string {
  return pageHtml({
    title: "Almost there",
    text: [
      `Open ${laptopUrl} on the computer that runs Peerlens. This page then goes on by itself.`,
    ],
    refreshS: 2,
  });
}

/** Escapes text for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replaceAll(/[&<>"]/g, (char) => `&${entities[char]};`);
}
