import { type CameraName, MAX_SDP_CHARS } from "@/protocol";
import { type CameraSpec, decoded } from "../base/camera_spec.ts";

/** Sessions at endpoints that are remembered, to be ended there. Of more, the oldest ends by its page's silence. */
export const MAX_WHEP_SESSIONS = 32;

/** No endpoint may keep a page waiting for longer. */
const TIMEOUT_MS = 10_000;

/** Why there is no picture from an endpoint. One closed list for route and page. */
export const WHEP_FAULTS = [
  "unknown-camera",
  "unreachable",
  "endpoint-refused",
  "bad-answer",
] as const;
/** See {@linkcode WHEP_FAULTS}. */
export type WhepFault = (typeof WHEP_FAULTS)[number];

/** A session at an endpoint, as the page has it. */
export interface WhepSession {
  /** An SDP. */
  readonly answer: string;
  /** To be named when it ends. */
  readonly session: string;
}

/** What endpoints are asked with. */
export interface WhepEndpointsOptions {
  /** Of all cameras; those of other kinds are left out. */
  readonly specs: readonly CameraSpec[];
  /** @default {globalThis.fetch} */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly timeoutMs?: number;
}

/** Where one is asked, and by what right. */
interface Endpoint {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

interface OpenSession extends Endpoint {
  readonly camera: CameraName;
}

/**
 * Hands descriptions of pages on to the WHEP endpoints that the operator named, and to no other address: a
 * page names a camera, never a place. The video then goes from endpoint to page directly.
 * Source: draft-ietf-wish-whep, sections 4.2 and 4.3.
 */
export class WhepEndpoints {
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #timeoutMs: number;
  readonly #endpoints: ReadonlyMap<CameraName, Endpoint>;
  /** In the order in which they were opened. */
  readonly #sessions = new Map<string, OpenSession>();

  constructor({ specs, fetch, timeoutMs = TIMEOUT_MS }: WhepEndpointsOptions) {
    this.#fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#timeoutMs = timeoutMs;
    this.#endpoints = new Map(
      specs.filter(({ kind }) => kind === "whep").map((
        { name, source },
      ) => [name, toEndpoint(source)]),
    );
  }

  /** Whether the operator named any. */
  get isEmpty(): boolean {
    return this.#endpoints.size === 0;
  }

  /** Asks a camera's endpoint for its video. @param offer An SDP of a page. */
  async offer(camera: string, offer: string): Promise<WhepSession | WhepFault> {
    const endpoint = this.#endpoints.get(camera as CameraName);
    if (endpoint === undefined) return "unknown-camera";
    const { url, headers } = endpoint;
    try {
      const response = await this.#fetch(url.href, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/sdp", Accept: "application/sdp" },
        body: offer,
        // It would lead where the operator named nothing.
        redirect: "manual",
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      if (response.status !== 201 && response.status !== 200) {
        await response.body?.cancel();
        return "endpoint-refused";
      }
      const answer = await boundedText(response);
      if (answer === null || !answer.startsWith("v=0")) return "bad-answer";
      return { answer, session: this.#remember(camera as CameraName, endpoint, response) };
    } catch {
      return "unreachable";
    }
  }

  /** Ends a session, at its endpoint too. Says whether there was one. */
  async close(camera: string, session: string): Promise<boolean> {
    const open = this.#sessions.get(session);
    if (open === undefined || open.camera !== camera) return false;
    this.#sessions.delete(session);
    await this.#end(open);
    return true;
  }

  #remember(camera: CameraName, { url, headers }: Endpoint, response: Response): string {
    const session = crypto.randomUUID();
    const location = response.headers.get("Location");
    const resource = location === null ? null : URL.parse(location, url);
    // Where else it may lead, the operator did not name; such a session ends by its silence.
    if (resource === null || resource.origin !== url.origin) return session;
    this.#sessions.set(session, { camera, url: resource, headers });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_WHEP_SESSIONS) this.#sessions.delete(oldest!);
    return session;
  }

  async #end({ url, headers }: OpenSession): Promise<void> {
    try {
      const response = await this.#fetch(url.href, {
        method: "DELETE",
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      await response.body?.cancel();
    } catch {
      // It ends by the page's silence.
    }
  }
}

/** A name and password of the address go into a header: `fetch` takes none in addresses. */
function toEndpoint(source: string): Endpoint {
  const url = new URL(source);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  url.hash = "";
  if (username === "" && password === "") return { url, headers: {} };
  const login = new TextEncoder().encode(
    `${decoded(username)}:${decoded(password)}`,
  );
  return { url, headers: { Authorization: `Basic ${btoa(String.fromCharCode(...login))}` } };
}

/** `null`: longer than a description may be. */
async function boundedText(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_SDP_CHARS) return null;
  }
  return text;
}
