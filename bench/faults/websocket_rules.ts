/** The rules of RFC 6455 as cases, in the manner of Autobahn, against the endpoint of links. */
import { recordOf } from "../records.ts";
import { startServer } from "../server.ts";
import { type FaultCase, tally } from "./fault_case.ts";
import {
  closeCode,
  encodeFrame,
  OP,
  openRaw,
  type RawFrame,
  type RawSocket,
  readFrame,
  recordFrame,
} from "./raw_socket.ts";
import { joinMessage, newRoom, type RoomSecrets, secret } from "./room_client.ts";

/** What has to happen after the frames of a rule were sent. */
type Expected =
  /** The message arrived whole: the server answers it. */
  | { readonly kind: "answered"; readonly by: RegExp }
  /** These payloads come back as pongs, in order, and the connection goes on. */
  | { readonly kind: "ponged"; readonly payloads: readonly Uint8Array[] }
  /** The connection is failed: closed, with one of these codes or (as the RFC allows) without one. */
  | { readonly kind: "failed"; readonly codes: readonly number[] }
  /** The closing handshake ends with this very code. */
  | { readonly kind: "closed"; readonly codes: readonly (number | null)[] };

/** One rule. */
interface Rule {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  readonly expected: Expected;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const NONE = new Uint8Array(0);
const PING = recordOf('{"type":"ping","nonce":5}');
const PONGED: Expected = { kind: "answered", by: /"type":"pong","nonce":5/ };
const failed = (...codes: number[]): Expected => ({ kind: "failed", codes });
const frame = (opcode: number, payload: Uint8Array | string, more: Partial<RawFrame> = {}) =>
  encodeFrame({ opcode, payload: typeof payload === "string" ? utf8(payload) : payload, ...more });

/** A message with characters of one to four bytes; nobody has the id that it is for. */
const WIDE = recordOf(JSON.stringify({
  type: "offer",
  sdp: "v=0 é ‰ 😀 κόσμε",
  to: secret(),
  toInstance: secret(),
}));
const UNKNOWN_PEER: Expected = { kind: "answered", by: /"code":"unknown-peer"/ };

/** A message in pieces of so many bytes. */
function inPieces(
  bytes: Uint8Array,
  size: number,
  between: readonly Uint8Array[] = [],
): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => [
    frame(i === 0 ? OP.binary : OP.continuation, bytes.subarray(i * size, (i + 1) * size), {
      fin: i === count - 1,
    }),
    ...(i === count - 1 ? [] : between),
  ]).flat();
}

/** Byte strings that are no UTF-8; sources: RFC 3629, sections 3 and 10. */
const NOT_UTF8: Readonly<Record<string, readonly number[]>> = {
  "a lone continuation byte": [0x80],
  "a lone 0xFF": [0xff],
  "a lone 0xFE": [0xfe],
  "an overlong slash": [0xc0, 0xaf],
  "an overlong slash of three": [0xe0, 0x80, 0xaf],
  "an overlong NUL": [0xc0, 0x80],
  "a high surrogate": [0xed, 0xa0, 0x80],
  "a low surrogate": [0xed, 0xbf, 0xbf],
  "a pair of surrogates": [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  "beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
  "five bytes": [0xf8, 0x88, 0x80, 0x80, 0x80],
  "two bytes cut short": [0xc3],
  "three bytes cut short": [0xe2, 0x82],
  "four bytes cut short": [0xf0, 0x9f, 0x98],
};

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];

function codeBytes(code: number, reason: Uint8Array | string = NONE): Uint8Array {
  const text = typeof reason === "string" ? utf8(reason) : reason;
  return Uint8Array.of(code >> 8, code & 255, ...text);
}

/** Every rule that is tried. */
function rules(): Rule[] {
  const wide = WIDE.length;
  return [
    ...[1, 2, 3, 7, 64].map((size) => ({
      name: `a message in pieces of ${size}`,
      frames: inPieces(PING, size),
      expected: PONGED,
    })),
    {
      name: "a message with empty pieces",
      frames: [
        frame(OP.binary, NONE, { fin: false }),
        frame(OP.continuation, PING, { fin: false }),
        frame(OP.continuation, NONE),
      ],
      expected: PONGED,
    },
    ...Array.from({ length: wide }, (_, i) => i + 1).filter((size) => size <= 12).map((size) => ({
      name: `wide characters in pieces of ${size}`,
      frames: inPieces(WIDE, size),
      expected: UNKNOWN_PEER,
    })),
    ...[1, 7].map((size) => ({
      name: `pings between pieces of ${size}`,
      frames: inPieces(PING, size, [frame(OP.ping, "between")]),
      expected: PONGED,
    })),
    ...[0, 1, 64, 124, 125].map((length) => ({
      name: `a ping of ${length} bytes`,
      frames: [frame(OP.ping, new Uint8Array(length).fill(0x61))],
      expected: { kind: "ponged", payloads: [new Uint8Array(length).fill(0x61)] } as const,
    })),
    {
      name: "ten pings in a row",
      frames: Array.from({ length: 10 }, (_, i) => frame(OP.ping, `ping ${i}`)),
      expected: {
        kind: "ponged",
        payloads: Array.from({ length: 10 }, (_, i) => utf8(`ping ${i}`)),
      },
    },
    {
      name: "a pong that nobody asked for",
      frames: [frame(OP.pong, "why"), frame(OP.binary, PING)],
      expected: PONGED,
    },
    {
      name: "a ping of 126 bytes",
      frames: [frame(OP.ping, new Uint8Array(126))],
      expected: failed(1002),
    },
    {
      name: "a ping in pieces",
      frames: [frame(OP.ping, "a", { fin: false }), frame(OP.continuation, "b")],
      expected: failed(1002),
    },
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
      name: `reserved opcode ${opcode}`,
      frames: [frame(opcode, "x")],
      expected: failed(1002),
    })),
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv) => ({
      name: `reserved bits ${rsv}`,
      frames: [frame(OP.binary, PING, { rsv })],
      expected: failed(1002),
    })),
    {
      name: "a frame without a mask",
      frames: [frame(OP.binary, PING, { masked: false })],
      expected: failed(1002),
    },
    {
      name: "a continuation of nothing",
      frames: [frame(OP.continuation, PING)],
      expected: failed(1002),
    },
    {
      name: "a new message inside another",
      frames: [frame(OP.binary, "{", { fin: false }), frame(OP.binary, PING)],
      expected: failed(1002),
    },
    ...Object.entries(NOT_UTF8).flatMap(([what, bytes]): Rule[] => {
      const payload = Uint8Array.of(0x22, ...bytes, 0x22);
      return [
        { name: `${what} in a text`, frames: [frame(OP.text, payload)], expected: failed(1007) },
        {
          name: `${what} across pieces`,
          frames: [...payload].map((byte, i) =>
            frame(i === 0 ? OP.text : OP.continuation, Uint8Array.of(byte), {
              fin: i === payload.length - 1,
            })
          ),
          expected: failed(1007),
        },
        {
          name: `${what} in the reason of a close`,
          frames: [frame(OP.close, codeBytes(1000, Uint8Array.from(bytes)))],
          expected: failed(1007, 1002),
        },
      ];
    }),
    ...VALID_CODES.map((code) => ({
      name: `close ${code}`,
      frames: [frame(OP.close, codeBytes(code, "bye"))],
      expected: { kind: "closed", codes: [code, 1000] } as const,
    })),
    {
      name: "close without a code",
      frames: [frame(OP.close, NONE)],
      expected: { kind: "closed", codes: [null, 1000, 1005] },
    },
    {
      name: "a message behind a close",
      frames: [frame(OP.close, codeBytes(1000)), frame(OP.binary, PING)],
      expected: { kind: "closed", codes: [1000] },
    },
    ...INVALID_CODES.map((code) => ({
      name: `close ${code}, which may not be sent`,
      frames: [frame(OP.close, codeBytes(code))],
      expected: failed(1002),
    })),
    {
      name: "a close of one byte",
      frames: [frame(OP.close, Uint8Array.of(3))],
      expected: failed(1002),
    },
    {
      name: "a close of 126 bytes",
      frames: [frame(OP.close, codeBytes(1000, "x".repeat(124)))],
      expected: failed(1002),
    },
    {
      name: "a text message",
      frames: [frame(OP.text, PING)],
      expected: failed(1003, 1007, 1008),
    },
    {
      name: "a record of 65 537 bytes",
      frames: [frame(OP.binary, recordOf(" ".repeat(65_537)))],
      expected: failed(1009),
    },
    {
      name: "a length of 2^63 - 1 in a frame's head",
      frames: [Uint8Array.of(0x81, 0xff, 0x7f, ...new Array(7).fill(255), 1, 2, 3, 4)],
      expected: failed(1009, 1002),
    },
    {
      name: "a length with its highest bit set",
      frames: [Uint8Array.of(0x81, 0xff, 0x80, ...new Array(7).fill(0), 1, 2, 3, 4)],
      expected: failed(1009, 1002),
    },
  ];
}

/** Headers of an opening handshake that have to be refused. */
const BAD_HANDSHAKES: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  "no Upgrade": { "Upgrade": null },
  "no Connection": { "Connection": null },
  "no key": { "Sec-WebSocket-Key": null },
  "no version": { "Sec-WebSocket-Version": null },
  "version 8": { "Sec-WebSocket-Version": "8" },
};

async function join(port: number, room: RoomSecrets): Promise<RawSocket> {
  const { socket, status } = await openRaw({ port });
  if (status !== 101) throw new Error(`Cannot open a WebSocket: status ${status}`);
  await socket.write(recordFrame(JSON.stringify(joinMessage(room, "owner"))));
  const joined = await readFrame(socket);
  if (joined === null || !new TextDecoder().decode(joined.payload).includes('"joined"')) {
    throw new Error("Cannot join the room of the conformance cases");
  }
  return socket;
}

/** What was wrong; `null`: nothing. */
async function broken(socket: RawSocket, { frames, expected }: Rule): Promise<string | null> {
  for (const bytes of frames) await socket.write(bytes);
  const seen: RawFrame[] = [];
  const isDone = () =>
    expected.kind === "ponged" &&
    seen.filter(({ opcode }) => opcode === OP.pong).length === expected.payloads.length;
  while (!isDone()) {
    const next = await readFrame(socket, 2_000);
    if (next === null) break;
    seen.push(next);
    const text = new TextDecoder().decode(next.payload);
    if (expected.kind === "answered" && next.opcode === OP.binary && expected.by.test(text)) {
      return null;
    }
    if (next.opcode === OP.close) {
      // The closing handshake has two halves.
      await socket.write(frame(OP.close, next.payload));
      break;
    }
  }
  const close = seen.find(({ opcode }) => opcode === OP.close);
  const words =
    seen.map(({ opcode, payload }) =>
      opcode === OP.close ? `close ${closeCode({ opcode, payload })}` : `opcode ${opcode}`
    ).join(", ") || "nothing";
  if (expected.kind === "answered") return `the message was not answered: ${words}`;
  if (expected.kind === "ponged") {
    const pongs = seen.filter(({ opcode }) => opcode === OP.pong);
    const isSame = pongs.length === expected.payloads.length &&
      pongs.every(({ payload }, i) => String(payload) === String(expected.payloads[i]));
    return isSame ? null : `not the same pongs: ${words}`;
  }
  if (!await socket.waitForEnd(3_000)) return `the connection stayed open: ${words}`;
  if (expected.kind === "closed") {
    const isRight = close !== undefined && expected.codes.includes(closeCode(close));
    return isRight ? null : `no proper closing handshake: ${words}`;
  }
  // RFC 6455, 7.1.7: who fails a connection may, but need not, say why.
  const code = close === undefined ? null : closeCode(close);
  return code === null || expected.codes.includes(code)
    ? null
    : `closed with another code: ${words}`;
}

/** See {@linkcode FaultCase}. */
export const websocketRules: FaultCase = {
  name: "websocket-rules",
  title: "WebSocket conformance of /api/link",
  limitS: 300,
  needs: null,
  async run({ stack, progress }) {
    const env = { "PEERLENS_JOINS_PER_SECOND": "1000" };
    const { ports } = stack.use(await startServer({ env }));
    const room = await newRoom();
    const answers: Record<string, number> = {};
    const violations: string[] = [];
    const all = rules();
    progress.step(`${all.length} cases`);
    for (const rule of all) {
      progress.check();
      using socket = await join(ports.http, room);
      const fault = await broken(socket, rule);
      tally(answers, fault === null ? `${rule.expected.kind} as it must be` : "otherwise");
      if (fault !== null) violations.push(`${rule.name}: ${fault}`);
    }
    for (const [name, headers] of Object.entries(BAD_HANDSHAKES)) {
      const { socket, status } = await openRaw({ port: ports.http, headers });
      socket.close();
      tally(answers, `handshake refused: ${status}`);
      if (status === 101 || status === null || status >= 500) {
        violations.push(`handshake with ${name}: status ${status}`);
      }
    }
    const last = await join(ports.http, room);
    last.close();
    return {
      tried: all.length + Object.keys(BAD_HANDSHAKES).length,
      what: "fragmentation, UTF-8, control frames, close codes, reserved bits, handshakes",
      answers,
      lost: "nothing: the next peer joins",
      recoveryMs: [],
      violations,
    };
  },
};
