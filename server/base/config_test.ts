import assert from "node:assert/strict";
import { ENV_NAMES, loadConfig } from "./config.ts";
import { helpText, parseFlags } from "./flags.ts";

const load = (env: Record<string, string>, ...args: string[]) =>
  loadConfig({ env, flags: parseFlags(args) });

Deno.test("loadConfig() fills every field by default, and freezes it", () => {
  const config = load({});
  assert.equal(config.mode, "wasm");
  assert.equal(config.profile, "balanced");
  assert.equal(config.detectionFps, null);
  assert.deepEqual([config.httpPort, config.httpsPort, config.host], [3000, 3443, "0.0.0.0"]);
  assert.deepEqual(config.iceServers, []);
  assert.equal(config.limits.maxPhones, 4);
  assert.equal(config.limits.roomIdleTtlMs, 30 * 60_000);
  assert.ok(Object.isFrozen(config));
});

Deno.test("loadConfig() lets a flag win over its variable, and reads an empty one as not set", () => {
  assert.equal(load({ PEERLENS_PORT: "1" }, "--port", "2").httpPort, 2);
  assert.equal(load({ PEERLENS_PORT: "1" }).httpPort, 1);
  assert.equal(load({ PEERLENS_PORT: "" }).httpPort, 3000);
  assert.equal(load({ PEERLENS_FPS: "10" }, "--fps", "6").detectionFps, 6);
  assert.equal(load({ PEERLENS_MAX_PHONES: "" }).limits.maxPhones, 4);
});

Deno.test("loadConfig() names the flag or variable at fault", () => {
  const cases: [Record<string, string>, string[], RegExp][] = [
    [{}, ["--port", "70000"], /^UsageError: --port .*70000/],
    [{}, ["--https-port", "-1"], /^UsageError: --https-port/],
    [{ PEERLENS_PORT: "x" }, [], /^UsageError: PEERLENS_PORT .*: x/],
    [{}, ["--profile", "best"], /^UsageError: --profile must be one of low, balanced, high: best/],
    [{}, ["--fps", "0"], /^UsageError: --fps must be a whole number from 1 to 60: 0/],
    [{ PEERLENS_FPS: "7.5" }, [], /^UsageError: PEERLENS_FPS .*: 7.5/],
    [{ LOG_LEVEL: "loud" }, [], /^UsageError: LOG_LEVEL must be one of debug, info/],
    [{ PEERLENS_MAX_ROOMS: "0" }, [], /^UsageError: PEERLENS_MAX_ROOMS/],
    [{ PEERLENS_ICE_SERVERS: "{" }, [], /^UsageError: PEERLENS_ICE_SERVERS/],
    [{}, ["--tls-cert", "a.pem"], /^UsageError: --tls-cert and --tls-key belong together/],
    [{}, ["--public-host", "https://x/"], /^UsageError: --public-host/],
    [{}, ["--public-host", "user@host"], /^UsageError: --public-host/],
  ];
  for (const [env, args, expected] of cases) assert.throws(() => load(env, ...args), expected);
});

Deno.test("loadConfig() reads where inference runs, and on what", () => {
  assert.equal(load({ MODE: "server" }).mode, "server");
  assert.equal(load({}, "--mode", "auto").mode, "auto");
  assert.throws(() => load({}, "--mode", "fast"), /--mode must be one of wasm, server, auto: fast/);
  assert.equal(load({}).executionProvider, "auto");
  assert.equal(load({ PEERLENS_EP: "cpu" }).executionProvider, "cpu");
  assert.throws(() => load({}, "--ep", "gpu"), /--ep must be one of cpu, cuda, .*: gpu/);
  assert.deepEqual(load({}).streams, { maxStreams: 32, maxStreamsPerViewer: 2 });
  assert.equal(load({ PEERLENS_MAX_STREAMS: "4" }).streams.maxStreams, 4);
});

Deno.test("loadConfig() passes pictures on unless it is told not to", () => {
  assert.deepEqual(load({}).relay, { isOn: true, maxRelays: 8 });
  assert.equal(load({}, "--relay", "off").relay.isOn, false);
  assert.equal(load({ PEERLENS_RELAY: "off" }).relay.isOn, false);
  assert.equal(load({ PEERLENS_MAX_RELAYS: "2" }).relay.maxRelays, 2);
  assert.throws(() => load({}, "--relay", "auto"), /--relay must be one of on, off: auto/);
});

Deno.test("loadConfig() reads a range of UDP ports", () => {
  assert.equal(load({}).rtcPorts, null);
  assert.deepEqual(load({}, "--rtc-ports", "50000-50100").rtcPorts, { begin: 50000, end: 50100 });
  assert.deepEqual(load({ PEERLENS_RTC_PORTS: "6000-6000" }).rtcPorts, { begin: 6000, end: 6000 });
  for (const range of ["50000", "80-90", "50100-50000", "50000-70000", "a-b", "1e4-2e4"]) {
    assert.throws(() => load({}, "--rtc-ports", range), /--rtc-ports must be two ports/, range);
  }
});

Deno.test("loadConfig() reads the proxies that are trusted", () => {
  assert.deepEqual(load({}).trustedProxies, []);
  assert.equal(load({ PEERLENS_TRUSTED_PROXY: "10.0.0.0/8, fd00::1" }).trustedProxies.length, 2);
  for (const value of ["proxy.example", "10.0.0.0/33", "*"]) {
    assert.throws(
      () => load({}, "--trusted-proxy", value),
      /--trusted-proxy must be networks or addresses/,
      value,
    );
  }
});

Deno.test("loadConfig() takes tokens that are worth their name, and never repeats one", () => {
  const tokens = {
    PEERLENS_API_TOKEN: "apiToken",
    PEERLENS_METRICS_TOKEN: "metricsToken",
    PEERLENS_COOKIE_SECRET: "cookieSecret",
  } as const;
  for (const [name, field] of Object.entries(tokens)) {
    assert.equal(load({})[field], null);
    assert.equal(load({ [name]: "0123456789abcdef" })[field], "0123456789abcdef");
    for (const token of ["hush", "hush with spaces in it", "hush".repeat(65)]) {
      assert.throws(() => load({ [name]: token }), (error: Error) => {
        return error.message.startsWith(name) && !error.message.includes("hush");
      });
    }
  }
});

Deno.test("loadConfig() takes the form of the log, and leaves it open by default", () => {
  assert.equal(load({}).logFormat, "auto");
  assert.equal(load({ PEERLENS_LOG: "json" }).logFormat, "json");
  assert.throws(
    () => load({ PEERLENS_LOG: "xml" }),
    /PEERLENS_LOG must be one of auto, json, text/,
  );
});

Deno.test("loadConfig() takes a webhook, and never repeats its address or its secret", () => {
  assert.equal(load({}).webhook, null);
  assert.deepEqual(load({ PEERLENS_WEBHOOK: "https://Hook.example/a?b=c" }).webhook, {
    url: "https://hook.example/a?b=c",
    host: "hook.example",
    net: "hook.example:443",
    secret: null,
  });
  const secret = { PEERLENS_WEBHOOK_SECRET: "0123456789abcdef" };
  assert.deepEqual(load(secret, "--webhook", "http://[::1]:8080").webhook, {
    url: "http://[::1]:8080/",
    host: "[::1]:8080",
    net: "[::1]:8080",
    secret: "0123456789abcdef",
  });
  assert.equal(load(secret).webhook, null);
  const wrong: [string, RegExp][] = [
    ["hush", /^--webhook must be an address that begins with http/],
    ["ftp://hush/", /begins with http/],
    ["file:///hush", /begins with http/],
    ["https://hush:hush@hook.example/", /no user and password/],
    ["https://hook.example/#hush", /no part after #/],
  ];
  for (const [url, expected] of wrong) {
    assert.throws(() => load({}, "--webhook", url), (error: Error) => {
      return expected.test(error.message) && !error.message.includes("hush");
    }, url);
  }
  for (const bad of ["hush", "hush hush hush hush hush", "hush".repeat(65)]) {
    assert.throws(() => load({ PEERLENS_WEBHOOK_SECRET: bad }), (error: Error) => {
      return /^PEERLENS_WEBHOOK_SECRET/.test(error.message) && !error.message.includes("hush");
    });
  }
});

Deno.test("loadConfig() reads a public host with and without a port", () => {
  const host = (text: string) => load({}, "--public-host", text).publicHost;
  assert.deepEqual(host("Lens.example"), { name: "lens.example", port: null });
  assert.deepEqual(host("lens.example:443"), { name: "lens.example", port: 443 });
  assert.deepEqual(host("[FD00::1]:8443"), { name: "[fd00::1]", port: 8443 });
  assert.deepEqual(host("[fd00::1]"), { name: "[fd00::1]", port: null });
});

Deno.test("loadConfig() reads ICE servers, and never repeats their credentials", () => {
  const servers = [{ urls: "turn:t.example", username: "u", credential: "hush" }];
  assert.deepEqual(load({ PEERLENS_ICE_SERVERS: JSON.stringify(servers) }).iceServers, [
    { urls: ["turn:t.example"], username: "u", credential: "hush" },
  ]);
  const bad = JSON.stringify([{ url: "turn:t.example", credential: "hush" }]);
  assert.throws(() => load({ PEERLENS_ICE_SERVERS: bad }), (error: Error) => {
    return !error.message.includes("hush");
  });
});

Deno.test("loadConfig() reads a TURN server and the secret shared with it, which it never repeats", () => {
  const secret = "0123456789abcdef";
  assert.equal(load({}).turn, null);
  assert.equal(load({}).turnFor, "owners");
  assert.equal(load({ PEERLENS_TURN_FOR: "everybody" }).turnFor, "everybody");
  assert.deepEqual(load({ PEERLENS_TURN_SECRET: secret }, "--turn-url", "turn:t.example").turn, {
    urls: ["turn:t.example"],
    secret,
    ttlS: 600,
  });
  const env = { PEERLENS_TURN_URLS: "turn:t.example", PEERLENS_TURN_SECRET: "hush" };
  assert.throws(() => load(env), (error: Error) => {
    return error.message.startsWith("PEERLENS_TURN_SECRET") && !error.message.includes("hush");
  });
});

Deno.test("loadConfig() reads whose network it is in, and where secrets come from", () => {
  assert.equal(load({}).network, "host");
  assert.equal(load({ PEERLENS_NETWORK: "bridge" }).network, "bridge");
  assert.throws(() => load({ PEERLENS_NETWORK: "none" }), /PEERLENS_NETWORK must be one of host/);
  const env = { PEERLENS_TURN_SECRET_FILE: "/run/turn", PEERLENS_API_TOKEN_FILE: "" };
  assert.deepEqual(load(env).secretFiles, ["/run/turn"]);
});

Deno.test("ENV_NAMES are all in the help", () => {
  const help = helpText();
  for (const name of ENV_NAMES) assert.ok(help.includes(name), name);
});

Deno.test("loadConfig() knows whether Deno exports telemetry, and what it does with the console", () => {
  assert.equal(load({}).telemetry, null);
  assert.equal(load({ OTEL_DENO: "false", OTEL_DENO_CONSOLE: "replace" }).telemetry, null);
  assert.equal(load({ OTEL_DENO: "true" }).telemetry, "capture");
  assert.equal(load({ OTEL_DENO: "True", OTEL_DENO_CONSOLE: "replace" }).telemetry, "replace");
});

Deno.test("loadConfig() reads which tunnel is asked for, and by --ngrok too", () => {
  assert.equal(load({}).tunnel, null);
  assert.deepEqual(load({ PEERLENS_TUNNEL: "cloudflared" }).tunnel, {
    name: "cloudflared",
    hasToken: false,
  });
  const withToken = load({ NGROK_AUTHTOKEN: "x", PEERLENS_TUNNEL: "cloudflared" }, "--ngrok");
  assert.deepEqual(withToken.tunnel, { name: "ngrok", hasToken: true });
  assert.equal(load({}, "--ngrok", "--tunnel", "ngrok").tunnel?.name, "ngrok");
  assert.throws(() => load({}, "--ngrok", "--tunnel", "localtunnel"), /choose one/);
  assert.throws(
    () => load({}, "--tunnel", "frp"),
    /must be one of cloudflared, ngrok, localtunnel/,
  );
});

Deno.test("loadConfig() takes a password, or makes one where none is written behind the flag", () => {
  assert.equal(load({}).password, null);
  assert.deepEqual(load({}, "--password").password, { kind: "made" });
  assert.deepEqual(load({}, "--password", "--no-qr").password, { kind: "made" });
  assert.deepEqual(load({ PEERLENS_PASSWORD: "correct horse" }).password, {
    kind: "given",
    text: "correct horse",
  });
  for (const bad of ["short", " with space", "x".repeat(257)]) {
    assert.throws(() => load({}, "--password", bad), (error: Error) => {
      assert.match(error.message, /^--password must have 8 to 256 characters/);
      return !error.message.includes(bad);
    });
  }
});
