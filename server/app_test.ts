import assert from "node:assert/strict";
import * as v from "valibot";
import { clientConfigSchema, randomSecret } from "@/protocol";
import { createApp } from "./app.ts";
import { appDeps, asker, fakeCatalog } from "./testing/helpers.ts";
import { tempFolder } from "./testing/temp_folder.ts";

const PAGE = "<!doctype html><title>viewer</title>";

/** A folder that looks like a built client. */
async function withDist(run: (dist: string) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  const dist = folder.path;
  await Deno.mkdir(`${dist}/assets`);
  const files = {
    "viewer.html": PAGE,
    "phone.html": PAGE.replace("viewer", "phone"),
    "favicon.svg": "<svg/>",
    "secret.txt": "hush",
    "assets/ort-0123456789.wasm": "wasm bytes",
    "assets/ort-0123456789.wasm.br": "br",
    "assets/ort-0123456789.wasm.gz": "gzz",
    "assets/ort-0123456789.mjs": "export {}",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${dist}/${name}`, text);
  }
  await run(dist);
}

Deno.test("app serves both pages with an ETag, and 304 for it", () =>
  withDist(async (dist) => {
    const ask = asker(appDeps({ dist }));
    const response = await ask("/");
    assert.equal(await response.text(), PAGE);
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(response.headers.get("cache-control"), "no-cache");
    const etag = response.headers.get("etag")!;
    const again = await ask("/", { headers: { "If-None-Match": etag } });
    assert.equal(again.status, 304);
    assert.match(await (await ask(`/join/${randomSecret()}`)).text(), /phone/);
    assert.equal((await ask("/join/short")).status, 404);
    assert.equal((await ask("/favicon.svg")).headers.get("content-type"), "image/svg+xml");
  }));

Deno.test("app answers 503 with a sentence while the pages are not built", async () => {
  const ask = asker(appDeps());
  const response = await ask("/");
  assert.equal(response.status, 503);
  assert.match(await response.text(), /deno task build/);
});

Deno.test("app serves assets for ever, compressed as the browser takes them", () =>
  withDist(async (dist) => {
    const ask = asker(appDeps({ dist }));
    const wasm = (encoding: string, method = "GET") =>
      ask("/assets/ort-0123456789.wasm", { method, headers: { "Accept-Encoding": encoding } });
    const cases: [string, string | null, string][] = [
      ["gzip, deflate, br", "br", "br"],
      ["gzip", "gzip", "gzz"],
      ["br;q=0, gzip;q=0.5", "gzip", "gzz"],
      ["", null, "wasm bytes"],
      ["brotli", null, "wasm bytes"],
    ];
    for (const [accept, encoding, body] of cases) {
      const { headers, text } = await read(await wasm(accept));
      assert.equal(text, body);
      assertHeaders(headers, {
        "content-encoding": encoding,
        "content-length": String(body.length),
        "x-uncompressed-length": encoding === null ? null : "10",
        "content-type": "application/wasm",
        "vary": "Accept-Encoding",
        "cache-control": "public, max-age=31536000, immutable",
      });
    }
    const script = await read(await ask("/assets/ort-0123456789.mjs"));
    assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
    const head = await read(await wasm("br", "HEAD"));
    assert.deepEqual([head.text, head.headers.get("content-length")], ["", "2"]);
  }));

function assertHeaders(headers: Headers, wanted: Record<string, string | null>): void {
  const names = Object.keys(wanted);
  assert.deepEqual(Object.fromEntries(names.map((name) => [name, headers.get(name)])), wanted);
}

async function read(response: Response) {
  return { text: await response.text(), headers: response.headers, status: response.status };
}

Deno.test("app serves no file that is not meant to be served", () =>
  withDist(async (dist) => {
    const ask = asker(appDeps({ dist }));
    const up = ["..%2f", "%2e%2e%2f", "..%5c", "../", "%2e%2e/"].map((step) => `${step}secret.txt`);
    for (const name of [...up, "%00", "ort-0123456789.wasm%00.txt", ".hidden", "", "%E0%A4%A"]) {
      const { status, text } = await read(await ask(`/assets/${name}`));
      assert.equal(status, 404, name);
      assert.ok(!text.includes("hush"));
    }
    assert.equal((await ask("/secret.txt")).status, 404);
  }));

Deno.test("app streams a model under its hash, with its length, and no other file", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "onnx");
  const ask = asker({ ...appDeps(), catalog: () => fakeCatalog(path) });
  const url = `/models/${"ab".repeat(32)}/fake.onnx`;
  const { text, headers } = await read(await ask(url));
  assert.equal(text, "onnx");
  assert.equal(headers.get("content-length"), "4");
  assert.match(headers.get("cache-control")!, /immutable/);
  const tag = { headers: { "If-None-Match": headers.get("etag")! } };
  assert.equal((await ask(url, tag)).status, 304);
  assert.equal((await ask(url.replace("ab", "cd"))).status, 404);
  assert.equal((await ask(url.replace("fake", "other"))).status, 404);
  await Deno.remove(path);
  assert.equal((await ask(url)).status, 404);
});

Deno.test("app sends the compressed twin of a model that the build made", () =>
  withDist(async (dist) => {
    await Deno.mkdir(`${dist}/models`);
    await Deno.writeTextFile(`${dist}/models/${"ab".repeat(32)}.br`, "br");
    await Deno.writeTextFile(`${dist}/fake.onnx`, "onnx");
    const ask = asker({ ...appDeps({ dist }), catalog: () => fakeCatalog(`${dist}/fake.onnx`) });
    const url = `/models/${"ab".repeat(32)}/fake.onnx`;
    const small = await read(await ask(url, { headers: { "Accept-Encoding": "gzip, br" } }));
    assert.deepEqual([small.text, small.headers.get("content-encoding")], ["br", "br"]);
    assert.equal(small.headers.get("x-uncompressed-length"), "4");
    assert.equal((await read(await ask(url))).text, "onnx");
  }));

Deno.test("app isolates its pages and lets no other site in", async () => {
  const ask = asker(appDeps());
  for (const url of ["/", "/nowhere", "/api/config", "https://192.168.1.20:3443/j"]) {
    const { headers } = await read(await ask(url));
    assertHeaders(headers, {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "strict-transport-security": null,
    });
    assert.match(headers.get("permissions-policy")!, /camera=\(self\), microphone=\(\)/);
    const policy = headers.get("content-security-policy")!;
    const { host } = new URL(url, "http://localhost:3000");
    assert.ok(policy.includes(`connect-src 'self' ws://${host} wss://${host};`), policy);
    assert.ok(!/unsafe-inline|'unsafe-eval'|\*/.test(policy), policy);
  }
});

Deno.test("app refuses a host that is not this machine", async () => {
  const ask = asker(appDeps({ flags: { "public-host": "lens.example" } }));
  const known = ["localhost", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST:9"];
  for (const host of known) {
    assert.equal((await ask("/healthz", { headers: { host } })).status, 200);
  }
  const unparsable = ["127.0.0.1:99999", "localhost:0x50", "[::1]:70000", "999.1.1.1", "a b", "["];
  for (const host of unparsable) {
    // As Deno makes it of the head of a request: `Request` itself takes no such URL.
    const request = new Proxy(new Request("http://localhost:3000/healthz", { headers: { host } }), {
      get: (of, name) => name === "url" ? `http://${host}/healthz` : Reflect.get(of, name, of),
    });
    assert.equal((await createApp(appDeps()).fetch(request, { address: "127.0.0.1" })).status, 421);
  }
  const unknown = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"];
  const malformed = ["", "a b", "localhost@evil.example", "localhost/x", "local\thost", "[::1"];
  for (const host of [...unknown, ...malformed]) {
    const { status, text } = await read(await ask("/healthz", { headers: { host } }));
    assert.equal(status, 421, host);
    assert.match(text, /--public-host/);
  }
});

Deno.test("app sends plain HTTP from the network to HTTPS, with path and query", async () => {
  const ask = asker(appDeps({ flags: { "public-host": "lens.example" } }));
  for (const host of ["192.168.1.20:3000", "laptop", "laptop.local:3000", "lens.example"]) {
    const response = await ask("/j/ABC?x=1", { headers: { host } });
    assert.equal(response.status, 307, host);
    const expected = `https://${host.split(":")[0]}:3443/j/ABC?x=1`;
    assert.equal(response.headers.get("location"), expected);
    const secure = await ask(`https://${host}/healthz`);
    assert.equal(secure.status, 200);
  }
});

Deno.test("app reports its health, and why it is not ready", () =>
  withDist(async (dist) => {
    const health = await (await asker(appDeps())("/healthz")).json();
    assert.equal(health.app, "peerlens");
    assert.equal(health.status, "ok");

    const ready = await asker(appDeps({ dist }))("/readyz");
    assert.deepEqual([ready.status, await ready.json()], [200, {
      ready: true,
      reasons: [],
      inference: null,
      nats: null,
    }]);

    const catalog = { present: [], missing: [], damaged: [], problem: "No model was found." };
    const notReady = await asker({ ...appDeps(), catalog: () => catalog })("/readyz");
    assert.equal(notReady.status, 503);
    const { reasons } = await notReady.json();
    assert.match(reasons[0], /not built/);
    assert.equal(reasons[1], "No model was found.");
  }));

Deno.test("app tells pages what they need to know, as the schema has it", async () => {
  const config = v.parse(clientConfigSchema, await (await asker(appDeps())("/api/config")).json());
  assert.equal(config.joinOrigins[0]?.origin, "https://192.168.1.20:3443");
  assert.equal(config.models[0]?.url, `/models/${"ab".repeat(32)}/fake.onnx`);
  assert.deepEqual(config.modes, ["wasm", "off"]);
});

Deno.test("app lets no page of another site use up what its visitors may ask of the API", async () => {
  const ask = asker(appDeps({ env: { PEERLENS_API_TOKEN: "0123456789abcdef" } }));
  const paths = ["/api/detect", "/api/rooms/x/events", "/api/rooms/x/detections", "/api/config"];
  for (const path of paths) {
    for (const method of ["GET", "POST"]) {
      const foreign = await ask(path, { method, headers: { "sec-fetch-site": "cross-site" } });
      assert.equal(foreign.status, 403, path);
      assert.notEqual((await ask(path, { method })).status, 403, path);
    }
  }
  // Links of other sites lead here.
  const link = { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } };
  assert.equal((await ask(`/join/${randomSecret()}`, link)).status, 503);
});

Deno.test("app opens signalling to its own pages only", async () => {
  const ask = asker(appDeps());
  const post = (path: string, headers: Record<string, string>) =>
    ask(path, { method: "POST", body: "{}", headers });
  const near = ["http://localhost:3001", "http://127.0.0.1:3000"];
  for (const origin of ["", "null", "http://evil.example", ...near]) {
    for (const path of ["/api/link/stream", "/api/link/send"]) {
      assert.equal((await post(path, { origin })).status, 403, origin);
    }
    const upgrade = { origin, upgrade: "websocket", connection: "upgrade" };
    assert.equal((await ask("/api/link", { headers: upgrade })).status, 403, origin);
  }
  const own = { origin: "http://localhost:3000" };
  assert.equal((await post("/api/link/send", own)).status, 410);
  assert.equal((await ask("/api/link", { headers: own })).status, 426);
  const half = { ...own, upgrade: "websocket" };
  assert.equal((await ask("/api/link", { headers: half })).status, 426);
  const old = { ...half, connection: "upgrade", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" };
  for (const version of [{}, { "sec-websocket-version": "8" }]) {
    const answer = await ask("/api/link", { headers: { ...old, ...version } });
    assert.equal(answer.status, 426);
    assert.equal(answer.headers.get("sec-websocket-version"), "13");
  }
});
