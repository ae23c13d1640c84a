/**
 * ENTRY of a stand-in for cloudflared, ngrok and localtunnel. The real services were never reached
 * from tests: this writes what their programs write, as their documentation and bug reports show it,
 * and plays the service's side too, on a TLS port of this computer. It forwards HTTP and WebSocket
 * to the port that it was told, and adds the headers that the services add.
 *
 * @module
 */
import { STAND_IN_VARIABLE, type StandInOrder } from "./stand_in_order.ts";

const [tool = "", ...args] = Deno.args;
const order: StandInOrder = JSON.parse(Deno.env.get(STAND_IN_VARIABLE)!);
const port = Number(/(\d{2,5})$/.exec(args.find((arg) => /\d{2,5}$/.test(arg)) ?? "")?.[1]);

function write(stream: "stdout" | "stderr", lines: readonly string[]): void {
  Deno[stream].writeSync(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
}

/** Each run has the next name, as free plans give them; the last one stays. */
function takeHost(): string {
  const run = Number(Deno.readTextFileSync(order.runsFile));
  Deno.writeTextFileSync(order.runsFile, String(run + 1));
  return order.hosts[Math.min(run, order.hosts.length - 1)]!;
}

function announce(host: string): void {
  const url = `https://${host}`;
  switch (tool) {
    case "cloudflared": {
      const time = new Date().toISOString().replace(/\.\d+/, "");
      const edge = `${time} INF +${"-".repeat(92)}+`;
      return write("stderr", [
        `${time} INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out.`,
        `${time} INF Requesting new quick Tunnel on trycloudflare.com...`,
        edge,
        `${time} INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |`,
        `${time} INF |  ${url.padEnd(88)}  |`,
        edge,
        `${time} INF Registered tunnel connection connIndex=0 location=fra01 protocol=quic`,
      ]);
    }
    case "ngrok": {
      const t = new Date().toISOString();
      return write(
        "stdout",
        [
          { lvl: "info", msg: "no configuration paths supplied", t },
          { addr: "127.0.0.1:4040", lvl: "info", msg: "starting web service", obj: "web", t },
          { lvl: "info", msg: "client session established", obj: "tunnels.session", t },
          {
            addr: `http://127.0.0.1:${port}`,
            lvl: "info",
            msg: "started tunnel",
            name: "command_line",
            obj: "tunnels",
            t,
            url,
          },
        ].map((fields) => JSON.stringify(fields)),
      );
    }
    case "lt":
      return write("stdout", [`your url is: ${url}`]);
  }
}

/** Longest head of a request. */
const MAX_HEAD_BYTES = 65_536;

/** One request a connection: what comes after its head is passed on as it is. */
async function forward(near: Deno.TlsConn): Promise<void> {
  const { head, rest } = await readHead(near);
  const isUpgrade = /^upgrade: *websocket/im.test(head);
  if (isUpgrade && order.blocksUpgrades) return await answer(near, "400 Bad Request", "");
  const far = await Deno.connect({ hostname: "127.0.0.1", port });
  const writer = far.writable.getWriter();
  await writer.write(new TextEncoder().encode(rewritten(head, isUpgrade)));
  await writer.write(rest);
  writer.releaseLock();
  const up = near.readable.pipeTo(far.writable);
  const down = far.readable.pipeTo(near.writable);
  // Either end that goes away takes the other with it.
  await Promise.race([up, down].map((way) => way.catch(() => {})));
  await Promise.allSettled(isUpgrade ? [] : [down]);
  for (const end of [near, far]) close(end);
  await Promise.allSettled([up, down]);
}

async function readHead(
  near: Deno.TlsConn,
): Promise<{ head: string; rest: Uint8Array<ArrayBuffer> }> {
  let bytes = new Uint8Array(0);
  const part = new Uint8Array(16_384);
  while (bytes.length < MAX_HEAD_BYTES) {
    const count = await near.read(part);
    if (count === null) throw new Error("Cannot read request: it ended");
    const longer = new Uint8Array(bytes.length + count);
    longer.set(bytes);
    longer.set(part.subarray(0, count), bytes.length);
    bytes = longer;
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) return { head: text.slice(0, end), rest: bytes.slice(end + 4) };
  }
  throw new Error("Cannot read request: its head is too long");
}

/** Adds the headers that the service adds, after whatever the client sent. */
function rewritten(head: string, isUpgrade: boolean): string {
  const [first, ...lines] = head.split("\r\n");
  const before = lines.find((line) => /^x-forwarded-for:/i.test(line))?.slice(16).trim();
  const dropped = isUpgrade ? /^x-forwarded-/i : /^(x-forwarded-|connection:)/i;
  const kept = lines.filter((line) => !dropped.test(line) && !/^cf-connecting-ip:/i.test(line));
  const client = before === undefined ? order.clientAddress : `${before}, ${order.clientAddress}`;
  const added = [`X-Forwarded-For: ${client}`, "X-Forwarded-Proto: https"];
  if (tool === "cloudflared") added.push(`Cf-Connecting-Ip: ${order.clientAddress}`);
  if (!isUpgrade) added.push("Connection: close");
  return [first, ...kept, ...added].join("\r\n") + "\r\n\r\n";
}

async function answer(near: Deno.TlsConn, status: string, body: string): Promise<void> {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\n` +
    `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  await near.write(new TextEncoder().encode(head + body));
  close(near);
}

function close(conn: { close(): void }): void {
  try {
    conn.close();
  } catch {
    // The other end was quicker.
  }
}

async function serve(): Promise<void> {
  const { cert, key, edgePort } = order;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: edgePort, cert, key });
  announce(takeHost());
  for (;;) {
    const near = await listener.accept().catch(() => null);
    if (near !== null) void forward(near).catch(() => close(near));
  }
}

async function main(): Promise<void> {
  switch (order.mode) {
    case "no-account":
      write("stdout", [
        '{"err":"authentication failed: Usage of ngrok requires a verified account and authtoken.\\n\\nSign up for an account: https://dashboard.ngrok.com/signup\\n\\r\\n\\r\\nERR_NGROK_4018\\r\\n","lvl":"eror","msg":"session closing","obj":"tunnels.session"}',
      ]);
      write("stderr", [
        "ERROR:  authentication failed: Usage of ngrok requires a verified account and authtoken.",
        "ERROR:",
        "ERROR:  ERR_NGROK_4018",
      ]);
      return Deno.exit(1);
    case "rate-limited":
      write("stderr", [
        '2026-05-29T09:25:34Z ERR Error unmarshaling QuickTunnel response: error code: 1015 error="invalid character \'e\' looking for beginning of value" status_code="429 Too Many Requests"',
        "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
      ]);
      return Deno.exit(1);
    case "flood":
      // Never an address, never an end, and hardly a line.
      for (;;) {
        await Deno.stdout.write(new TextEncoder().encode("x".repeat(65_536)));
      }
  }
  await serve();
}

await main();
