import type { Context, Hono, MiddlewareHandler } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { bearerToken, isSecret } from "../base/secrets.ts";
import { readBody, UNREAD_FORM } from "../base/body.ts";
import { type AppEnv, isSecureRequest } from "../base/security.ts";
import { COOKIE_NAME, DEVICE_COOKIE_NAME, type PasswordGate } from "./gate.ts";
import { SIGN_IN_SCRIPT, SIGN_IN_SCRIPT_PATH, signInPage } from "./sign_in_page.ts";
import { DEVICE_MS, SIGN_IN_MS } from "./sign_ins.ts";

type AppContext = Context<AppEnv>;

/** A form with one field. */
const MAX_FORM_BYTES = 4_096;

/** What the routes stand on. */
export interface PasswordDeps {
  readonly gate: PasswordGate;
  /** Whether who makes a request need not be asked, or was. */
  readonly maySee: (c: AppContext) => boolean;
  /** Opens `/api/detect` by itself; `null`: none. */
  readonly apiToken: string | null;
}

/** For programs, which read no pages. */
const ASK = {
  code: "sign-in-needed",
  message: "This server asks for a password: sign in at /sign-in, and send the cookie",
};

/**
 * Asks for the password before the viewer's page and what belongs to it. Phones need none: the token
 * of their link is their key, and their pages are not among these. Whether a page may join as owner
 * or viewer is checked again where it joins.
 */
export function addPassword(app: Hono<AppEnv>, deps: PasswordDeps): void {
  app.use("/", askOnPage(deps));
  for (const path of ["/models/*", "/api/detect", "/api/rooms/*"]) {
    app.use(path, refuse(deps));
  }
  app.get("/sign-in", (c) => c.redirect("/", 302));
  app.post("/sign-in", (c) => signIn(c, deps.gate));
  app.post("/sign-out", (c) => {
    deps.gate.signOut(c.req.raw.headers);
    c.header("Cache-Control", "no-store");
    deleteCookie(c, COOKIE_NAME, { secure: isSecureRequest(c) });
    return c.redirect("/", 303);
  });
  app.get(SIGN_IN_SCRIPT_PATH, (c) => {
    c.header("Cache-Control", "no-cache");
    return c.body(SIGN_IN_SCRIPT, 200, { "Content-Type": "text/javascript; charset=utf-8" });
  });
}

/** In place, so that the address keeps the key of the room behind its `#`. */
function askOnPage({ maySee }: PasswordDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (maySee(c)) return await next();
    c.header("Cache-Control", "no-store");
    return c.html(signInPage(), 401);
  };
}

function refuse({ maySee, apiToken }: PasswordDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const token = c.req.path === "/api/detect" ? bearerToken(c.req.raw.headers) : null;
    const hasToken = token !== null && apiToken !== null && isSecret(token, apiToken);
    if (hasToken || maySee(c)) return await next();
    c.header("Cache-Control", "no-store");
    return c.json(ASK, 401);
  };
}

async function signIn(c: AppContext, gate: PasswordGate): Promise<Response> {
  c.header("Cache-Control", "no-store");
  const body = await readBody(c.req.raw, MAX_FORM_BYTES);
  if (typeof body === "string") {
    const { status, message } = UNREAD_FORM[body];
    return c.html(signInPage(message), status);
  }
  const form = new URLSearchParams(new TextDecoder().decode(body));
  const typed = form.get("password") ?? "";
  const answer = gate.signIn(typed, c.env.address, c.req.raw.headers);
  switch (answer.kind) {
    case "signed-in": {
      // Not for scripts, and not sent by other sites' forms.
      const options = { httpOnly: true, sameSite: "Lax", secure: isSecureRequest(c) } as const;
      setCookie(c, COOKIE_NAME, answer.cookie, { ...options, maxAge: SIGN_IN_MS / 1000 });
      setCookie(c, DEVICE_COOKIE_NAME, answer.device, { ...options, maxAge: DEVICE_MS / 1000 });
      // The fragment of the form's target, where the room's key is, stays with the browser.
      return c.redirect(`/${new URL(c.req.url).search}`, 303);
    }
    case "too-fast": {
      const waitS = Math.ceil(answer.retryAfterMs / 1000);
      c.header("Retry-After", String(waitS));
      return c.html(signInPage(`Too many wrong passwords. Wait ${waitS} s and try again.`), 429);
    }
    case "wrong":
      return c.html(signInPage("That is not the password."), 401);
  }
}
