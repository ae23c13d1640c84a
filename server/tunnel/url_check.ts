/** An answer that takes longer is none. */
const ANSWER_TIMEOUT_MS = 8_000;

/** The health document is some hundred bytes; more than this is another page. */
const MAX_ANSWER_BYTES = 4_096;

/** What asking a public address came to. */
export type UrlAnswer =
  /** This very process answered. */
  | { readonly kind: "ours" }
  /** Something else did. */
  | { readonly kind: "other"; readonly what: string }
  /** Nothing did, or the service says that nothing is there yet. */
  | { readonly kind: "silent"; readonly what: string };

/** Some services show programs their warning page too unless told not to. */
const HEADERS = {
  "Accept": "application/json",
  "User-Agent": "peerlens",
  "ngrok-skip-browser-warning": "1",
  "Bypass-Tunnel-Reminder": "1",
};

/**
 * Asks `/healthz` at a public origin whether it leads to the process that has this instance id.
 * Never throws. @param ask `fetch`, or a stand-in.
 */
export async function checkUrl(
  origin: string,
  instance: string,
  ask: typeof fetch = fetch,
): Promise<UrlAnswer> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  try {
    const response = await ask(`${origin}/healthz`, {
      headers: HEADERS,
      redirect: "manual",
      signal,
    });
    const text = await readText(response);
    if (isOurs(text, instance)) return { kind: "ours" };
    // What the services answer while a tunnel is not registered everywhere yet.
    const isEarly = response.status === 404 || response.status >= 500;
    return { kind: isEarly ? "silent" : "other", what: `status ${response.status}` };
  } catch (error) {
    return { kind: "silent", what: reasonOf(error) };
  }
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length <= MAX_ANSWER_BYTES) continue;
    await reader?.cancel();
    return "";
  }
  return text;
}

function isOurs(text: string, instance: string): boolean {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null &&
      "app" in document && document.app === "peerlens" &&
      "instance" in document && document.instance === instance;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "it cannot be asked";
  if (error.name === "TimeoutError") return "no answer in time";
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.replaceAll(/\s+/g, " ").slice(0, 160);
}
