import { pageHtml } from "../pages.ts";

/** Path of {@linkcode SIGN_IN_SCRIPT}. */
export const SIGN_IN_SCRIPT_PATH = "/sign-in.js";

/**
 * Hands query and fragment of the page on to the form's target, from where the browser takes the
 * fragment back to the page: links with keys of rooms survive the sign-in, and their keys are sent
 * nowhere. Loaded before the form is there, so that no password, however early, goes without.
 */
export const SIGN_IN_SCRIPT = `"use strict";
addEventListener("submit", ({ target }) => {
  target.action = "/sign-in" + location.search + location.hash;
});
`;

/** The page that asks for the password, in place of the viewer's. `problem`: why once more. */
export function signInPage(problem?: string): string {
  const ask = "Enter the password of this server. It was set when Peerlens was started.";
  return pageHtml({
    title: "Sign in",
    text: problem === undefined ? [ask] : [problem, ask],
    body: `<script src="${SIGN_IN_SCRIPT_PATH}"></script>
<form action="/sign-in" method="post"><label for="password">Password</label>
<p><input id="password" class="wide" name="password" type="password" required maxlength="256" autocomplete="current-password" autofocus>
<button>Sign in</button></p></form>`,
  });
}
