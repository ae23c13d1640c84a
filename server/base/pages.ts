/** What the few pages share that the server writes itself: short, whole without scripts, in dark and light. */

/** Served at {@linkcode STYLE_PATH}: the security policy forbids styles inside a page. */
export const STYLE = `:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
input { font: inherit; font-size: 1.5rem; max-width: 100%; box-sizing: border-box; width: 10ch; letter-spacing: .15em; text-transform: uppercase; padding: .25em .5em; }
input.wide { width: 100%; max-width: 22rem; box-sizing: border-box; letter-spacing: normal; text-transform: none; }
button { font: inherit; padding: .5em 1.25em; margin-top: .25em; }
`;

/** Path of {@linkcode STYLE}. */
export const STYLE_PATH = "/page.css";

/** What a short page says. Everything is escaped but `body`, which is HTML of ours. */
export interface Page {
  readonly title: string;
  /** Sentences, each a paragraph. */
  readonly text: readonly string[];
  /** Further HTML, of ours only. */
  readonly body?: string;
}

/** Writes a short page. Forms on it name their origin: without a referrer, some browsers say `null`. */
export function pageHtml({ title, text, body = "" }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="same-origin">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Peerlens</title>
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

/** Escapes text for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replaceAll(/[&<>"]/g, (char) => `&${entities[char]};`);
}
