/** Requests for files that are not ours to give, and headers that would become others. */
import { startServer } from "../server.ts";
import { type FaultCase, pick, tally } from "./fault_case.ts";
import { RawSocket, readHead } from "../raw_socket.ts";

const PATHS = 4_000;
const INJECTIONS = 2_000;

/** What an answer must never hold: the beginnings of files that lie beside those that are served. */
const SECRETS = ["root:x:0:0", "PRIVATE KEY", '"imports"', '"tasks"', "ENTRY of"];

/** Folders from which the app serves something. */
const ROOTS = ["/assets/", "/models/", "/", "/join/", "/j/", "/api/", `/models/${"a".repeat(64)}/`];

/** Ways to write the step to the folder above. */
const UP = [
  "../",
  "..%2f",
  "%2e%2e/",
  "%2e%2e%2f",
  "..\\",
  "..%5c",
  "%252e%252e%252f",
  "....//",
  "..;/",
  "..%00/",
];

/** What lies there. */
const FILES = [
  "etc/passwd",
  "deno.json",
  "server/start.ts",
  ".data/tls/key.pem",
  ".git/config",
  "proc/self/environ",
];

/** See {@linkcode FaultCase}. */
export const hostileRequests: FaultCase = {
  name: "hostile-requests",
  title: "Path traversal and header injection",
  limitS: 300,
  needs: null,
  async run({ stack, progress, random }) {
    const { ports } = stack.use(await startServer());
    const answers: Record<string, number> = {};
    const violations: string[] = [];
    progress.step(`${PATHS} paths`);
    for (let i = 0; i < PATHS; i++) {
      progress.check();
      const path = anyPath(random);
      const answer = await ask(ports.http, `GET ${path} HTTP/1.1\r\n`, {});
      tally(answers, `path: ${statusOf(answer)}`);
      const leak = SECRETS.find((text) => answer?.includes(text));
      if (leak !== undefined) violations.push(`${path} gives away ${leak}`);
    }
    progress.step(`${INJECTIONS} injections`);
    for (let i = 0; i < INJECTIONS; i++) {
      progress.check();
      const marker = `peerlens-${i}`;
      const [line, headers] = anyInjection(random, marker);
      const answer = await ask(ports.http, line, headers);
      tally(answers, `injection: ${statusOf(answer)}`);
      const head = answer?.split("\r\n\r\n")[0] ?? "";
      if (new RegExp(`^(?:set-cookie|x-injected): *${marker}`, "im").test(head)) {
        violations.push(`${JSON.stringify(line)} ${JSON.stringify(headers)} wrote a header`);
      }
      if (/^location:.*evil\.example/im.test(head)) {
        violations.push(`${JSON.stringify(line)} ${JSON.stringify(headers)} leads to another site`);
      }
    }
    const health = await fetch(`http://localhost:${ports.http}/healthz`);
    await health.body?.cancel();
    return {
      tried: PATHS + INJECTIONS,
      what:
        "paths with steps upwards in ten spellings; line breaks in paths, queries and headers; foreign hosts in redirects",
      answers,
      lost: health.ok ? "nothing" : "the server",
      recoveryMs: [],
      violations,
    };
  },
};

function anyPath(random: () => number): string {
  const up = pick(random, UP);
  const steps = up.repeat(1 + Math.floor(random() * 8));
  const drive = random() < 0.1 ? pick(random, ["/", "//", "file:///", "C:\\"]) : "";
  return pick(random, ROOTS) + drive + steps + pick(random, FILES) +
    pick(random, ["", "", "?", "%00", "%00.js", "/."]);
}

/** A request line and headers that try to get a header, or another site, into the answer. */
function anyInjection(random: () => number, marker: string): [string, Record<string, string>] {
  const lineBreak = pick(random, [
    "%0d%0a",
    "%0a",
    "%0d",
    "%E5%98%8A%E5%98%8D",
    "\r",
    "%250d%250a",
  ]);
  const header = pick(random, ["Set-Cookie", "X-Injected"]);
  const injected = `${lineBreak}${header}:%20${marker}`;
  const kind = Math.floor(random() * 5);
  if (kind === 0) return [`GET /j/${injected} HTTP/1.1\r\n`, {}];
  if (kind === 1) return [`GET /j?code=${injected} HTTP/1.1\r\n`, {}];
  if (kind === 2) return [`GET /join/${injected} HTTP/1.1\r\n`, {}];
  if (kind === 3) {
    return ["GET / HTTP/1.1\r\n", {
      Host: pick(random, [
        "evil.example",
        `evil.example\t`,
        "evil.example:443",
        "localhost@evil.example",
      ]),
    }];
  }
  return ["GET //evil.example/%2e%2e HTTP/1.1\r\n", {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
  }];
}

let asked = 0;

/** The whole answer as text, as far as it comes within a moment. */
async function ask(
  port: number,
  line: string,
  headers: Record<string, string>,
): Promise<string | null> {
  // From an address of its own each: the bound on guessed codes is not what is tried here.
  const localAddress = `127.0.${20 + asked % 200}.${1 + Math.floor(asked++ / 200) % 250}`;
  using socket = await RawSocket.open({ port, localAddress });
  const all = { Host: `localhost:${port}`, Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await socket.write(`${line}${lines}\r\n`);
  const head = await readHead(socket, 5_000);
  if (head === null) return null;
  await socket.waitForEnd(5_000);
  const body = await socket.read(
    (bytes) => ({ value: new TextDecoder("latin1").decode(bytes), length: bytes.length }),
    0,
  );
  return `${head.text}\r\n\r\n${body ?? ""}`;
}

function statusOf(answer: string | null): string {
  return /^HTTP\/1\.1 (\d+)/.exec(answer ?? "")?.[1] ?? "closed";
}
