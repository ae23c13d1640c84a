import * as v from "valibot";
import { MAX_SIGNAL_BYTES, roleSchema, roomIdSchema, tokenSchema } from "@/protocol";
import { isNodeId, type NodeId } from "./bridge_frame.ts";

/** Nodes of another version of these messages are not heard: a page of theirs finds its room there. */
const VERSION = 1;

const nodeSchema = v.custom<NodeId>(isNodeId);
const linkSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const addressSchema = v.pipe(v.string(), v.maxLength(64));
const versioned = { v: v.literal(VERSION) };

/** Of a request about a room, with its query. */
export const MAX_PATH_CHARS = 512;

/** Whether a path is as a URL has it: with `..` in it, another one would be asked for. */
function isCanonical(path: string): boolean {
  const url = URL.parse(`https://127.0.0.1${path}`);
  return url !== null && url.pathname + url.search === path;
}

/** A node is there; `bye`: it goes. */
const beatSchema = v.strictObject({
  ...versioned,
  node: nodeSchema,
  bye: v.optional(v.literal(true)),
});

/** A home says that a room is its own. */
const claimSchema = v.strictObject({
  ...versioned,
  node: nodeSchema,
  hasOwner: v.boolean(),
  madeMs: v.pipe(v.number(), v.finite()),
});

/** Asks for a line. */
const helloSchema = v.strictObject({
  ...versioned,
  node: nodeSchema,
  link: linkSchema,
  body: v.variant("kind", [
    /** For a page's link. Who it is is the word of the node that has it; at this computer it is never. */
    v.strictObject({
      kind: v.literal("link"),
      visitor: v.strictObject({
        address: addressSchema,
        maySee: v.boolean(),
        isTrusted: v.boolean(),
      }),
      /** Its first message, as it came. */
      first: v.pipe(v.string(), v.maxLength(MAX_SIGNAL_BYTES)),
      /** Of a bulk link, which is its page's alone. */
      ticket: v.optional(v.pipe(v.string(), v.maxLength(64))),
    }),
    /** For the answer to a request about a room. */
    v.strictObject({
      kind: v.literal("request"),
      address: addressSchema,
      method: v.picklist(["GET", "HEAD", "POST"]),
      path: v.pipe(
        v.string(),
        v.maxLength(MAX_PATH_CHARS),
        v.startsWith("/api/rooms/"),
        v.check(isCanonical),
      ),
      headers: v.record(
        v.pipe(v.string(), v.maxLength(32)),
        v.pipe(v.string(), v.maxLength(16_384)),
      ),
      hasBody: v.boolean(),
    }),
  ]),
});
/** See {@linkcode helloSchema}. */
export type Hello = v.InferOutput<typeof helloSchema>;
/** What a line is for. */
export type HelloBody = Hello["body"];

/** What a question about a room or a code is; each is asked of all nodes, or of a room's home. */
const questionSchema = v.variant("kind", [
  v.strictObject({
    ...versioned,
    kind: v.literal("role"),
    token: v.pipe(v.string(), v.maxLength(256)),
    address: addressSchema,
  }),
  v.strictObject({
    ...versioned,
    kind: v.literal("code"),
    code: v.pipe(v.string(), v.maxLength(16)),
  }),
]);
/** See {@linkcode questionSchema}. */
export type Question = v.InferOutput<typeof questionSchema>;

/** A role, or `null`; where a code leads. */
const roleAnswerSchema = v.strictObject({ role: v.nullable(roleSchema) });
const codeAnswerSchema = v.strictObject({ roomId: roomIdSchema, joinToken: tokenSchema });

/** A browser signed out: its cookie is worth nothing any more. */
const signOutSchema = v.strictObject({
  ...versioned,
  id: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
});

/** The head of an answer to a request about a room. */
const responseHeadSchema = v.strictObject({
  status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.record(v.string(), v.string()),
});

export const readBeat = reader(beatSchema);
export const readClaim = reader(claimSchema);
export const readHello = reader(helloSchema);
export const readQuestion = reader(questionSchema);
export const readRole = reader(roleAnswerSchema);
export const readCode = reader(codeAnswerSchema);
export const readSignOut = reader(signOutSchema);
export const readResponseHead = reader(responseHeadSchema);

/** Writes a message with the version. */
export function busMessage(fields: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return busAnswer({ v: VERSION, ...fields });
}

/** Writes one without, for who asked has said the version. */
export function busAnswer(fields: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(fields));
}

/** Reads one; `null`: it is none of ours. */
function reader<T>(schema: v.GenericSchema<unknown, T>): (data: Uint8Array) => T | null {
  return (data) => {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
      const result = v.safeParse(schema, JSON.parse(text));
      return result.success ? result.output : null;
    } catch {
      return null;
    }
  };
}
