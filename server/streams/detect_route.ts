import * as v from "valibot";
import {
  type FrameDropCause,
  MAX_JPEG_BYTES,
  type ModelEntry,
  type StreamSettings,
} from "@/protocol";
import type { SignalHub } from "../rooms/hub.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { bearerToken, isSecret, logName } from "../base/secrets.ts";
import type { Account } from "../inference/account.ts";
import { maySee } from "./access.ts";
import { readBody } from "../base/body.ts";
import { refuser } from "../base/refuser.ts";
import type { StreamGateway } from "./gateway.ts";

/** Request header that names the room of a token. */
const ROOM_HEADER = "X-Peerlens-Room";

/** Pictures of one address: one program at the speed of a slow camera. */
const RATE = { perSecond: 10, burst: 30 };

/** What bodies are said to be; what they are, their first bytes say. `image/jpg` is what many programs say. */
const PICTURE_TYPES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/jpg",
  "image/png",
  "image/webp",
]);

/** Every way in which a picture is refused. */
const refuse = refuser({
  "bad-query": [400, "This address does not know such a query"],
  "bad-token": [
    401,
    `The request needs Authorization: Bearer <token>, and ${ROOM_HEADER} with a room's`,
  ],
  "too-large": [
    413,
    "The picture is larger than 2 MiB. Models look at some hundred pixels a side: make it smaller",
  ],
  "too-slow": [408, "The picture arrived too slowly"],
  "broken": [400, "The picture is incomplete"],
  "not-picture": [415, `The Content-Type must be one of ${[...PICTURE_TYPES].join(", ")}`],
  "bad-picture": [422, "The picture is not a whole JPEG, PNG or still WebP of a common kind"],
  "too-costly": [
    422,
    "The picture has a side over 4096 pixels, of a WebP over 2048, or more scans than a JPEG of its size may have",
  ],
  "too-fast": [429, "Too many pictures from this address"],
  "busy": [503, "Too many pictures are waiting"],
  "out-of-reach": [503, "The room's node does not answer now"],
  "unavailable": [503, "Detection on this server does not answer now"],
});

/** What the route stands on. */
export interface DetectDeps {
  readonly hub: SignalHub;
  readonly gateway: StreamGateway;
  /** Models present, the default first. */
  readonly models: () => readonly ModelEntry[];
  /** A token that needs no room; `null`: none. */
  readonly apiToken: string | null;
}

function refusalOf(cause: FrameDropCause): Response {
  if (cause === "bad-jpeg" || cause === "bad-frame") return refuse("bad-picture");
  return cause === "too-costly" ? refuse("too-costly") : refuse("busy", 1_000);
}

const share = v.optional(v.pipe(
  v.string(),
  v.regex(/^\d*\.?\d+$/),
  v.transform(Number),
  v.maxValue(1),
));
const querySchema = v.strictObject({ model: v.optional(v.string()), score: share, iou: share });

/** `POST /api/detect`: one picture in, the contract's JSON out. For curl and other programs. */
export class DetectRoute {
  readonly #deps: DetectDeps;
  readonly #limiter = new KeyedLimiter(RATE);

  constructor(deps: DetectDeps) {
    this.#deps = deps;
  }

  /** Answers one request of `address`. */
  async answer(request: Request, address: string): Promise<Response> {
    const waitMs = this.#limiter.take(address, performance.now());
    if (waitMs > 0) return refuse("too-fast", waitMs);
    const account = await this.#accountOf(request.headers, address);
    if (account === null) return refuse("bad-token");
    if (account === "silent") return refuse("out-of-reach", 1_000);
    const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type === undefined || !PICTURE_TYPES.has(type)) return refuse("not-picture");
    const settings = this.#settingsOf(request);
    if (settings === null) return refuse("bad-query");
    const jpeg = await readBody(request, MAX_JPEG_BYTES);
    if (typeof jpeg === "string") return refuse(jpeg === "no-room" ? "busy" : jpeg);
    return await this.#detect(jpeg, settings, account);
  }

  async #detect(
    jpeg: Uint8Array,
    settings: StreamSettings,
    account: Account,
  ): Promise<Response> {
    const answer = await this.#deps.gateway.detect(jpeg, settings, account);
    switch (answer.kind) {
      case "result":
        return Response.json(answer.result, { headers: { "Cache-Control": "no-store" } });
      case "dropped":
        return refusalOf(answer.cause);
      case "busy":
        return refuse("busy", 1_000);
      case "lost":
        return refuse("unavailable", 1_000);
    }
  }

  /** Whom the picture is charged to; `null`: it is not allowed; `silent`: the room's home does not say. */
  async #accountOf(headers: Headers, address: string): Promise<Account | null | "silent"> {
    const token = bearerToken(headers);
    if (token === null) return null;
    const { hub, apiToken } = this.#deps;
    const isTrusted = apiToken !== null && isSecret(token, apiToken);
    const roomId = isTrusted ? "" : headers.get(ROOM_HEADER) ?? "";
    if (!isTrusted) {
      const role = await hub.roleAnywhere(roomId, token, address);
      if (role === "silent") return role;
      if (!maySee(role)) return null;
    }
    return { address: logName(address), room: logName(roomId), isTrusted };
  }

  #settingsOf(request: Request): StreamSettings | null {
    const params = [...new URL(request.url).searchParams];
    const query = v.safeParse(querySchema, Object.fromEntries(params));
    if (!query.success) return null;
    const { model, score, iou } = query.output;
    const models = this.#deps.models();
    const entry = model === undefined ? models[0] : models.find(({ id }) => id === model);
    if (entry === undefined) return null;
    return {
      modelId: entry.id,
      scoreThreshold: score ?? entry.scoreThreshold,
      iouThreshold: iou ?? entry.iouThreshold,
      classes: null,
    };
  }
}
