/**
 * ENTRY of a stand-in for cloudflared, ngrok and localtunnel. The real services were never reached
 * from tests: this writes what their programs write, as their documentation and bug reports show it,
 * and plays the service's side too, on a TLS port of this computer. It forwards HTTP and WebSocket
 * to the port that it was told, and adds the headers that the services add.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { connect, type Socket } from "node:net";
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

/** The headers that the service sees fit to add, after whatever the client sent. */
function forwarded(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = value;
  }
  const before = request.headers["x-forwarded-for"];
  headers["x-forwarded-for"] = `${before === undefined ? "" : `${before}, `}${order.clientAddress}`;
  headers["x-forwarded-proto"] = "https";
  if (tool === "cloudflared") headers["cf-connecting-ip"] = order.clientAddress;
  return headers;
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  if (order.mode === "other") {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end("<!doctype html><title>You are about to visit …</title>");
    return;
  }
  const onward = ask({
    host: "127.0.0.1",
    port,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: forwarded(request),
  }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
    response.on("close", () => answer.destroy());
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

function forwardUpgrade(request: IncomingMessage, near: Socket, head: Buffer): void {
  near.on("error", () => {});
  if (order.blocksUpgrades) {
    near.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const far = connect(port, "127.0.0.1", () => {
    const headers = Object.entries(forwarded(request))
      .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}\r\n`));
    far.write(`GET ${request.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
  });
  far.on("error", () => near.destroy());
  far.on("close", () => near.destroy());
  near.on("close", () => far.destroy());
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
  const server = createServer({ cert: order.cert, key: order.key }, forward);
  server.on("upgrade", forwardUpgrade);
  await new Promise<void>((resolve) => server.listen(order.edgePort, "127.0.0.1", resolve));
  announce(takeHost());
}

await main();
