import type { Context, Hono } from "hono";
import { laptopUrl } from "../base/listen.ts";
import type { ServerConfig } from "../base/config.ts";
import { CODE_SCRIPT, CODE_SCRIPT_PATH, codePage } from "./code_page.ts";
import { type AppEnv, isForeign } from "../base/security.ts";
import type { SignalHub } from "./hub.ts";
import type { JoinTarget } from "./hub_parts.ts";
import { secretsEqual } from "../base/secrets.ts";
import { type BodyFault, readBody, UNREAD_FORM } from "../base/body.ts";

type AppContext = Context<AppEnv>;

/** What the routes stand on. */
export interface CodeDeps {
  readonly hub: SignalHub;
  readonly config: Pick<ServerConfig, "host">;
  readonly ports: { readonly http: number; readonly https: number };
  /** Secret in the QR code of the terminal. */
  readonly startCode: string;
}

/** A form with one short field. */
const MAX_FORM_BYTES = 1_024;

/** As many as the field takes. */
const MAX_SHOWN_CHARS = 12;

/** What a code leads to: a room, or a sentence. */
type Lead =
  | { readonly kind: "room"; readonly target: JoinTarget }
  /** The terminal's code, before a viewer was opened: asking again will help. */
  | { readonly kind: "waiting"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "too-fast"; readonly message: string; readonly waitS: number };

/**
 * Two ways into a room besides its own link: a short code that is typed, and the terminal's QR code.
 * That one stands behind `#`, which no browser sends, and comes in a body: it opens rooms for as long
 * as the server runs, and the paths of requests are in every proxy's log.
 */
export function addCodes(app: Hono<AppEnv>, deps: CodeDeps): void {
  app.get("/j", (c) => c.html(codePage()));
  app.get(CODE_SCRIPT_PATH, (c) => {
    c.header("Cache-Control", "no-cache");
    return c.body(CODE_SCRIPT, 200, { "Content-Type": "text/javascript; charset=utf-8" });
  });
  app.get("/j/:code", async (c) => {
    const code = c.req.param("code");
    if (!isForeign(c.req.raw)) return answerPage(c, await leadOf(c, deps, code));
    // Another site leads here, or only loads it as a picture: a person is asked before it counts.
    c.header("Cache-Control", "no-store");
    return c.html(codePage("Another site leads to this code.", code.slice(0, MAX_SHOWN_CHARS)));
  });
  app.post("/j", async (c) => {
    const body = await readBody(c.req.raw, MAX_FORM_BYTES);
    if (typeof body === "string") return answerUnread(c, body);
    const code = new URLSearchParams(new TextDecoder().decode(body)).get("code") ?? "";
    if (wantsJson(c)) {
      const isStart = secretsEqual(code, deps.startCode);
      return answerScript(c, isStart ? startLead(deps) : await leadOf(c, deps, code));
    }
    return answerPage(c, await leadOf(c, deps, code));
  });
}

/** Only an owner at this very machine: others' rooms are not the terminal's to give away. */
function startLead(deps: CodeDeps): Lead {
  const target = deps.hub.latestLocalRoom();
  if (target !== null) return { kind: "room", target };
  const url = laptopUrl(deps.config.host, deps.ports);
  const message = `Open ${url} on the computer that runs Peerlens. ` +
    "This page then continues automatically.";
  return { kind: "waiting", message };
}

async function leadOf(c: AppContext, { hub }: CodeDeps, code: string): Promise<Lead> {
  const answer = await hub.resolveCode(code, c.env.address);
  if (answer.kind === "too-fast") {
    const waitS = Math.ceil(answer.retryAfterMs / 1000);
    const message = `Too many wrong codes. Wait ${waitS} s and try again.`;
    return { kind: "too-fast", message, waitS };
  }
  if (answer.kind === "room") return answer;
  const message = "This code does not work. It is mistyped or older than 10 minutes.";
  return { kind: "unknown", message };
}

/**
 * Where a room's join page is. The origin stays the one that the phone has just proven it can reach.
 * The token stands in the fragment, which no browser sends back, so it reaches no log.
 */
function joinPath({ roomId, joinToken }: JoinTarget): string {
  return `/join/${roomId}#${joinToken}`;
}

function answerPage(c: AppContext, lead: Lead): Response | Promise<Response> {
  c.header("Cache-Control", "no-store");
  if (lead.kind === "room") {
    return c.redirect(joinPath(lead.target), c.req.method === "GET" ? 302 : 303);
  }
  if (lead.kind === "too-fast") c.header("Retry-After", String(lead.waitS));
  return c.html(codePage(lead.message), statusOf(lead));
}

function answerScript(c: AppContext, lead: Lead): Response {
  c.header("Cache-Control", "no-store");
  if (lead.kind === "room") return c.json({ kind: lead.kind, path: joinPath(lead.target) });
  const { kind, message } = lead;
  return c.json({ kind, message }, statusOf(lead));
}

function answerUnread(c: AppContext, fault: BodyFault): Response | Promise<Response> {
  c.header("Cache-Control", "no-store");
  const { status, message } = UNREAD_FORM[fault];
  if (!wantsJson(c)) return c.html(codePage(message), status);
  // The page's script asks again while it waits: what is too long stays so.
  return c.json({ kind: fault === "too-large" ? "unknown" : "waiting", message }, status);
}

function wantsJson(c: AppContext): boolean {
  return c.req.header("accept") === "application/json";
}

function statusOf({ kind }: Lead): 200 | 404 | 429 {
  if (kind === "too-fast") return 429;
  return kind === "unknown" ? 404 : 200;
}
