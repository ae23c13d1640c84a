import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";

/** What a TURN server says to a request for a relay; `code`: of STUN, such as 401. */
export type Allocation =
  | { readonly kind: "granted"; readonly lifetimeS: number }
  | { readonly kind: "refused"; readonly code: number };

/** Where to ask, and as whom. */
export interface AllocateOptions {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

// RFC 8489 and RFC 8656, as little of them as an Allocate takes.
const MAGIC = 0x2112a442;
const METHOD = { allocate: 0x0003, granted: 0x0103, refused: 0x0113 } as const;
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
} as const;
const UDP = 17;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;

/** A request is sent again this often, so many times: UDP loses packets. */
const RESEND_MS = 500;
const SENDS = 10;

/**
 * Asks a TURN server for a relay, over UDP with long-term credentials, as a browser does. Written
 * from the standards and not from our own code, so that it can judge that.
 */
export async function allocate(options: AllocateOptions): Promise<Allocation> {
  const socket = createSocket("udp4");
  const transport: Attribute = [ATTRIBUTE.requestedTransport, Buffer.from([UDP, 0, 0, 0])];
  try {
    // The first answer has the realm and the nonce that the second request needs.
    const challenge = await ask(socket, options, [transport]);
    const realm = challenge.get(ATTRIBUTE.realm);
    const nonce = challenge.get(ATTRIBUTE.nonce);
    if (realm === undefined || nonce === undefined) throw new Error("No challenge from TURN");
    const key = createHash("md5")
      .update(`${options.username}:${realm.toString()}:${options.credential}`).digest();
    const answer = await ask(socket, options, [
      transport,
      [ATTRIBUTE.username, Buffer.from(options.username)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ], key);
    const lifetime = answer.get(ATTRIBUTE.lifetime);
    if (lifetime !== undefined) return { kind: "granted", lifetimeS: lifetime.readUInt32BE() };
    const error = answer.get(ATTRIBUTE.errorCode)!;
    return { kind: "refused", code: error[2]! * 100 + error[3]! };
  } finally {
    socket.close();
  }
}

type Attribute = readonly [type: number, value: Buffer];

async function ask(
  socket: Socket,
  { address, port }: AllocateOptions,
  attributes: readonly Attribute[],
  key?: Buffer,
): Promise<ReadonlyMap<number, Buffer>> {
  const id = randomBytes(12);
  const request = encode(id, attributes, key);
  for (let sends = 0; sends < SENDS; sends++) {
    const answer = await new Promise<Buffer | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), RESEND_MS);
      socket.once("message", (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      socket.send(request, port, address);
    });
    if (answer === null || !answer.subarray(8, HEADER_BYTES).equals(id)) continue;
    const method = answer.readUInt16BE(0);
    if (method === METHOD.granted || method === METHOD.refused) return decode(answer);
  }
  throw new Error(`TURN server at ${address}:${port} does not answer`);
}

function encode(id: Buffer, attributes: readonly Attribute[], key?: Buffer): Buffer {
  const body = Buffer.concat(attributes.map(([type, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
  }));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(METHOD.allocate, 0);
  header.writeUInt16BE(body.length + (key === undefined ? 0 : INTEGRITY_BYTES), 2);
  header.writeUInt32BE(MAGIC, 4);
  id.copy(header, 8);
  const message = Buffer.concat([header, body]);
  if (key === undefined) return message;
  // Over all before it, with a length that counts it (RFC 8489, section 14.5).
  const integrity = Buffer.alloc(INTEGRITY_BYTES);
  integrity.writeUInt16BE(ATTRIBUTE.integrity, 0);
  integrity.writeUInt16BE(20, 2);
  createHmac("sha1", key).update(message).digest().copy(integrity, 4);
  return Buffer.concat([message, integrity]);
}

function decode(message: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  const end = HEADER_BYTES + message.readUInt16BE(2);
  for (let at = HEADER_BYTES; at + 4 <= end;) {
    const length = message.readUInt16BE(at + 2);
    attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return attributes;
}
