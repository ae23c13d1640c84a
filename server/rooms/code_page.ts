import { escapeHtml, pageHtml } from "../base/pages.ts";

/**
 * The page on which a code is typed. `problem`: what was wrong with the last one; `code`: one that stands
 * there already.
 */
export function codePage(problem?: string, code = ""): string {
  const ask = "Type the six characters that the viewer shows.";
  return pageHtml({
    title: "Join with a code",
    text: problem === undefined ? [ask] : [problem, ask],
    body: `<form action="/j" method="post"><label for="code">Code</label>
<p><input id="code" name="code" value="${
      escapeHtml(code)
    }" required maxlength="12" autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus>
<button>Join</button></p></form>
<script src="${CODE_SCRIPT_PATH}"></script>`,
  });
}

/** Path of {@linkcode CODE_SCRIPT}. */
export const CODE_SCRIPT_PATH = "/j.js";

/** On the page of a code: a code behind `#` goes in by itself, and waits for a room if it has to. */
export const CODE_SCRIPT = `"use strict";
const code = location.hash.slice(1);
const words = document.querySelector("p");
async function enter() {
  const response = await fetch("/j", {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ code }),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (answer?.path) return location.replace(answer.path);
  if (answer) words.textContent = answer.message;
  document.querySelector("form").hidden = answer?.kind !== "unknown";
  if (answer?.kind !== "unknown") setTimeout(enter, answer?.kind === "too-fast" ? 10000 : 2000);
}
if (code !== "") void enter();
`;
