import type { Context, MiddlewareHandler } from "hono";
import type { ServerAddresses } from "./addresses.ts";
import { isLoopback } from "./http/loopback.ts";
import type { Upgrade } from "./http/http_listener.ts";
import { pageHtml } from "./pages.ts";

/** What a request's server tells the app about it. */
export interface Connection {
  /**
   * Who asks, as limits count it; through the tunnel or a trusted proxy, what that says. For limits, not
   * trust.
   */
  readonly address: string;
  /** IP address of the connection's other end, where it is not `address`. For trust. */
  readonly peer?: string;
  /** There when a trusted proxy passed it on: whether that was asked over HTTPS. */
  readonly proxy?: { readonly isSecure: boolean };
  /** Makes a WebSocket of the request; not there, or `null`: it asks for none. */
  readonly upgrade?: Upgrade | null;
  /** There when it came through the tunnel: whether the service was asked over HTTPS. */
  readonly tunnel?: { readonly isSecure: boolean };
}

/** The app's environment for Hono. */
export interface AppEnv {
  readonly Bindings: Connection;
}

/**
 * The host of a request without its port, as a URL writes it. From the `Host` header, if
 * there is one.
 */
export function hostOf(request: Request): string | null {
  return urlOf(request)?.hostname ?? null;
}

/**
 * Refuses requests for a host that is not this server: a page of another site rebinding its name.
 * @param tunnelHost The one host that requests through the tunnel may name, with its port.
 */
export function checkHost(
  addresses: () => ServerAddresses,
  tunnelHost: () => string | null = () => null,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const host = hostOf(c.req.raw);
    if (c.env.tunnel !== undefined) {
      if (host !== null && urlOf(c.req.raw)?.host === tunnelHost()) return await next();
      return c.text("This tunnel leads to another host.\n", 421);
    }
    // 127.0.0.0/8 is all this machine: no name, so nothing that could be rebound.
    if (host !== null && (isLoopback(host) || addresses().hosts.has(host))) return await next();
    return c.html(
      pageHtml({
        title: "Unknown host",
        text: [
          "This server does not know the name or address in the address bar. Start it with " +
          "--public-host if it is meant to be reached under it.",
        ],
      }),
      421,
    );
  };
}

/** Sends plain HTTP from other machines to HTTPS: without it a phone has no camera. */
export function redirectToHttps(httpsPort: () => number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const url = urlOf(c.req.raw)!;
    if (isSecureRequest(c)) return await next();
    if (c.env.tunnel === undefined && isLoopback(url.hostname)) return await next();
    url.protocol = "https:";
    // What stands in front of us has HTTPS where everybody looks for it.
    const isDirect = c.env.tunnel === undefined && c.env.proxy === undefined;
    url.port = isDirect ? String(httpsPort()) : "";
    // Not for good: the port may be another one at the next start.
    c.header("Cache-Control", "no-store");
    return c.redirect(url.href, 307);
  };
}

/** Whether the browser asked over HTTPS. */
export function isSecureRequest(c: Context<AppEnv>): boolean {
  const { tunnel, proxy } = c.env;
  return (tunnel ?? proxy)?.isSecure ?? new URL(c.req.url).protocol === "https:";
}

const NOT_OWN_PAGE = {
  code: "not-allowed",
  message: "The request does not come from a page of this server",
};

/**
 * Lets only our own pages through: `Origin` must be there and name the very host that is asked.
 * Schemes may differ, because TLS may end at a proxy in front of us.
 */
export function checkOrigin(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (isOwnOrigin(c.req.raw)) return await next();
    return c.json(NOT_OWN_PAGE, 403);
  };
}

/**
 * Whether a request is from one of our own pages, or from no page at all. What changes something has to
 * name its origin; of what only reads, browsers say whether another site asks.
 */
export function isFromOwnPage(request: Request): boolean {
  if (isForeign(request)) return false;
  return isReading(request) || isOwnOrigin(request);
}

/**
 * Whether a browser says that a page of another site is behind a request. Where it does not say it in so
 * many words, `Origin` does: programs send none.
 */
export function isForeign(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  return request.headers.has("origin") && !isOwnOrigin(request);
}

/**
 * Refuses what pages of other sites may have a browser do here: send forms, and anything under `/api/`,
 * were it only to use up its share of a limit. They may lead people to our pages.
 */
export function refuseForeign(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const isApi = c.req.path.startsWith("/api/");
    if (!isForeign(c.req.raw) || (!isApi && isReading(c.req.raw))) return await next();
    if (isApi) return c.json(NOT_OWN_PAGE, 403);
    const text = ["This form was sent by a page of another site. Open the page of this server."];
    return c.html(pageHtml({ title: "Not from here", text }), 403);
  };
}

function isReading({ method }: Request): boolean {
  return ["GET", "HEAD"].includes(method);
}

function isOwnOrigin(request: Request): boolean {
  const origin = request.headers.get("origin") ?? "";
  const own = urlOf(request);
  return URL.canParse(origin) && own !== null && sameHost(new URL(origin), own);
}

/** Answers that no cache keeps. */
export function noStore(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.header("Cache-Control", "no-store");
    await next();
  };
}

/**
 * Headers of every answer. Not Hono's own: those would have to be told of eight headers that we do not
 * send, and they are set on the answer to an upgrade too.
 */
export function secureHeaders(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    // The answer to an upgrade has gone out already.
    if (c.res.status === 101) return;
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    c.res.headers.set("Content-Security-Policy", contentSecurityPolicy(c));
    if (c.env.tunnel?.isSecure) c.res.headers.set("Strict-Transport-Security", TUNNEL_HSTS);
  };
}

const HEADERS = {
  // These two make the page cross-origin isolated: threads for WASM, finer clocks.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
  // No HSTS here: on a certificate of our own it would lock people out when they delete it.
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** A day: the certificate of a tunnel's address is its service's, and good. */
const TUNNEL_HSTS = "max-age=86400";

function contentSecurityPolicy(c: Context<AppEnv>): string {
  const host = urlOf(c.req.raw)?.host;
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    // Safari's 'self' does not cover WebSockets of the same host.
    host === undefined ? "connect-src 'self'" : `connect-src 'self' ws://${host} wss://${host}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function urlOf(request: Request): URL | null {
  // Deno makes it of what stands in the request, and it may be no URL.
  if (!URL.canParse(request.url)) return null;
  const url = new URL(request.url);
  const host = request.headers.get("host");
  if (host === null) return url;
  // A Host header is a host and a port: with anything more the parser would be led astray.
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return null;
  const own = `${url.protocol}//${host}${url.pathname}${url.search}`;
  return URL.canParse(own) ? new URL(own) : null;
}

function sameHost(a: URL, b: URL): boolean {
  const port = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
  // The same port, or no port on either: a proxy's default ports differ by scheme only.
  return a.hostname === b.hostname && (port(a) === port(b) || (a.port === "" && b.port === ""));
}
