/** Longest address that is looked at; a host name has at most 253 characters. */
const MAX_URL_CHARS = 512;

/**
 * The origin of an address that a program claims to have opened: HTTPS on its usual port, on a name
 * below one of `domains`, and nothing more than an origin. `null` for everything else.
 */
export function publicOrigin(text: string, domains: readonly string[]): string | null {
  if (text.length > MAX_URL_CHARS || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.protocol === "https:" && url.port === "" && url.username === "" &&
    url.password === "" && url.pathname === "/" && url.search === "" && url.hash === "";
  // A name of one label below a domain; the hosts api and www are the services' own.
  const isTheirs = domains.some((domain) =>
    url.hostname.endsWith(`.${domain}`) && !/^(api|www)\./.test(url.hostname)
  );
  return isPlain && isTheirs ? url.origin : null;
}
