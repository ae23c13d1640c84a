import assert from "node:assert/strict";
import fc from "fast-check";
import { publicOrigin } from "./public_origin.ts";
import { faultOf } from "./tool_fault.ts";
import { MAX_LINE_CHARS, ToolLines } from "./tool_process.ts";
import { TUNNEL_NAMES } from "../base/config.ts";
import { TUNNEL_TOOLS } from "./tunnel_tools.ts";

const { cloudflared, ngrok, localtunnel } = TUNNEL_TOOLS;

/** Formats are those of the programs' documentation and of reports of their users. */
const BOX = "2023-04-18T14:06:49Z INF |  https://buffalo-marco-cardiff-motel.trycloudflare.com" +
  "                                     |";
const STARTED =
  '{"addr":"http://localhost:4142","lvl":"info","msg":"started tunnel","name":"command_line",' +
  '"obj":"tunnels","t":"2026-09-30T02:40:01Z","url":"https://ab12-203-0-113-7.ngrok-free.app"}';

Deno.test("originIn() reads the address out of what each program writes", () => {
  assert.equal(
    cloudflared.originIn(BOX),
    "https://buffalo-marco-cardiff-motel.trycloudflare.com",
  );
  assert.equal(ngrok.originIn(STARTED), "https://ab12-203-0-113-7.ngrok-free.app");
  assert.equal(
    localtunnel.originIn("your url is: https://ten-towns-join.loca.lt"),
    "https://ten-towns-join.loca.lt",
  );
});

Deno.test("originIn() takes no other line for an announcement", () => {
  const lines = [
    'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp',
    "2022-11-11T19:57:55Z INF Requesting new quick Tunnel on trycloudflare.com...",
    "2022-11-11T19:57:58Z INF |  https://api.trycloudflare.com  |",
    "2022-11-11T19:57:58Z INF |  https://evil.example/#.trycloudflare.com  |",
    "2022-11-11T19:57:58Z INF |  http://plain.trycloudflare.com  |",
    STARTED.replace("started tunnel", "open config file"),
    STARTED.replace("https://ab12", "tcp://ab12"),
    STARTED.replace("ngrok-free.app", "ngrok-free.app.evil.example"),
    STARTED.replace('"https://ab12-203-0-113-7.ngrok-free.app"', '["https://a.ngrok.app"]'),
    STARTED.slice(0, -1),
    '{"msg":"started tunnel"}',
    "{",
    "null",
    "your url is: https://loca.lt.evil.example",
    "your url is: https://user@x.loca.lt",
    "your url is: https://x.loca.lt:8443",
    "your cachedUrl is: https://x.loca.lt",
    "say: your url is: https://x.loca.lt",
  ];
  for (const line of lines) {
    for (const name of TUNNEL_NAMES) assert.equal(TUNNEL_TOOLS[name].originIn(line), null, line);
  }
});

Deno.test("originIn() never throws, and never names a host outside of its service", () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("https://", "your url is: ", "|  ", "  |", ".trycloudflare.com", ".loca.lt"),
    fc.domain().map((name) => `https://${name}`),
  );
  const line = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join("")),
    fc.record({
      msg: fc.constant("started tunnel"),
      url: fc.oneof(fc.domain().map((name) => `https://${name}`), fc.jsonValue({ maxDepth: 2 })),
    }).map((fields) => JSON.stringify(fields) ?? ""),
  );
  fc.assert(fc.property(line, fc.constantFrom(...TUNNEL_NAMES), (text, name) => {
    const { originIn, domains } = TUNNEL_TOOLS[name];
    const origin = originIn(text);
    if (origin === null) return;
    const { hostname } = new URL(origin);
    assert.ok(domains.some((domain) => hostname.endsWith(`.${domain}`)), origin);
  }));
});

Deno.test("publicOrigin() takes an origin and nothing with more to it", () => {
  const domains = ["tunnel.example"];
  assert.equal(publicOrigin("https://A.tunnel.example/", domains), "https://a.tunnel.example");
  for (
    const text of [
      "https://tunnel.example",
      "https://a.tunnel.example/path",
      "https://a.tunnel.example/?q",
      "https://a.tunnel.example/#f",
      "https://a.tunnel.example:444",
      "ftp://a.tunnel.example",
      "https://xtunnel.example",
      `https://${"a".repeat(600)}.tunnel.example`,
      "not a url",
    ]
  ) assert.equal(publicOrigin(text, domains), null, text);
});

Deno.test("ToolLines gives the lines as they were written, however they come in", () => {
  const text = fc.stringMatching(/^[a-z |:]{0,30}$/);
  fc.assert(fc.property(fc.array(text), fc.array(fc.nat(40)), (lines, cuts) => {
    const seen: string[] = [];
    const reader = new ToolLines((line) => seen.push(line));
    let rest = lines.map((line) => `${line}\n`).join("");
    for (const cut of cuts) {
      reader.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    reader.push(rest);
    reader.end();
    assert.deepEqual(seen, lines.map((line) => line.trim()).filter((line) => line !== ""));
  }));
});

Deno.test("ToolLines holds no more than one line, drops the rest, and strips what terminals act on", () => {
  const seen: string[] = [];
  const reader = new ToolLines((line) => seen.push(line));
  for (let piece = 0; piece < 200; piece++) reader.push("x".repeat(65_536));
  reader.push("\nnext\n\x1b[31mred\x1b[0m\x07 bell\r\n");
  assert.deepEqual(seen.map((line) => line.length), [MAX_LINE_CHARS, 4, 8]);
  assert.equal(seen[2], "red bell");
});

Deno.test("faultOf() says in our words what is known, and else quotes without tokens", () => {
  const refused = '{"err":"authentication failed: The authtoken you specified does not look like ' +
    'a proper ngrok authtoken.\\nYour authtoken: 2aSecretToken\\nERR_NGROK_105","lvl":"eror"}';
  assert.match(faultOf(ngrok, "status 1", [refused]), /^ngrok does not know this token/);
  const other = faultOf(ngrok, "status 1", ["all well", "failed: Your authtoken: 2aSecretToken ?"]);
  assert.equal(other, "ngrok ended (status 1): failed: Your authtoken: … ?");
  const unknown = '{"lvl":"eror","msg":"session closing","err":"Error: out of\\nluck"}';
  assert.equal(
    faultOf(ngrok, "status 1", [unknown]),
    "ngrok ended (status 1): session closing: Error: out of luck",
  );
  assert.equal(faultOf(localtunnel, "SIGKILL", []), "localtunnel ended (SIGKILL)");
  assert.ok(faultOf(cloudflared, "status 1", ["err".repeat(500)]).length < 300);
});
