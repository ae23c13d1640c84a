import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { UsageError } from "../base/flags.ts";
import { makeCertificate, RENEW_BEFORE_DAYS, renewalReason, VALIDITY_DAYS } from "./certificate.ts";
import { keepTls, readTls } from "./tls.ts";

const NAMES = ["localhost", "127.0.0.1", "::1", "laptop.local", "192.168.1.20", "fd00::2:1"];
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 0, 15);

Deno.test("makeCertificate() names hosts and addresses, and signs itself", async () => {
  const { cert } = await makeCertificate(NAMES, NOW_MS);
  const parsed = new X509Certificate(cert);
  for (const name of ["localhost", "laptop.local"]) assert.ok(parsed.checkHost(name), name);
  for (const ip of ["127.0.0.1", "192.168.1.20", "::1", "fd00::2:1"]) {
    assert.ok(parsed.checkIP(ip), ip);
  }
  assert.ok(!parsed.checkIP("192.168.1.21"));
  assert.equal(parsed.ca, false);
  assert.ok(parsed.verify(parsed.publicKey));
});

Deno.test("makeCertificate() lasts no longer than iOS accepts", async () => {
  const { validFrom, validTo } = new X509Certificate((await makeCertificate(NAMES, NOW_MS)).cert);
  assert.ok(Date.parse(validFrom) <= NOW_MS);
  assert.equal(Date.parse(validTo) - Date.parse(validFrom), VALIDITY_DAYS * DAY_MS);
  assert.ok(VALIDITY_DAYS <= 398);
});

Deno.test("makeCertificate() makes one that a strict TLS client accepts", async () => {
  const { cert, key } = await makeCertificate(NAMES, Date.now());
  const options = { port: 0, hostname: "127.0.0.1", cert, key, onListen: () => {} };
  const server = Deno.serve(options, () => new Response("hello"));
  const client = Deno.createHttpClient({ caCerts: [cert] });
  const response = await fetch(`https://127.0.0.1:${server.addr.port}/`, { client });
  assert.equal(await response.text(), "hello");
  client.close();
  await server.shutdown();
});

Deno.test("renewalReason() wants a new one for a new name, near the end, and for rubbish", async () => {
  const { cert } = await makeCertificate(NAMES, NOW_MS);
  const renewMs = NOW_MS + (VALIDITY_DAYS - RENEW_BEFORE_DAYS) * DAY_MS;
  assert.equal(renewalReason(cert, NAMES, NOW_MS), null);
  assert.equal(renewalReason(cert, NAMES.slice(1), NOW_MS), null);
  assert.equal(renewalReason(cert, ["0:0:0:0:0:0:0:1"], NOW_MS), null);
  assert.match(renewalReason(cert, [...NAMES, "10.0.0.9"], NOW_MS)!, /10\.0\.0\.9 is new/);
  assert.equal(renewalReason(cert, NAMES, renewMs - 2 * 3_600_000), null);
  assert.match(renewalReason(cert, NAMES, renewMs)!, /nears its end/);
  assert.match(renewalReason("rubbish", NAMES, NOW_MS)!, /cannot be read/);
});

Deno.test("keepTls() keeps its files to their owner, and makes new ones only for a reason", async () => {
  const folder = `${await Deno.makeTempDir()}/data/tls`;
  const first = await keepTls(folder, NAMES, NOW_MS);
  const second = await keepTls(folder, NAMES, NOW_MS);
  assert.deepEqual([second.cert, second.key], [first.cert, first.key]);
  const third = await keepTls(folder, [...NAMES, "10.0.0.9"], NOW_MS);
  assert.notEqual(third.cert, first.cert);
  assert.match(third.sentence, /made for .*10\.0\.0\.9 is new/);
  if (Deno.build.os !== "windows") {
    for (const file of ["cert.pem", "key.pem"]) {
      const { mode } = await Deno.stat(`${folder}/${file}`);
      assert.equal(mode! & 0o777, 0o600);
    }
  }
  await Deno.writeTextFile(`${folder}/key.pem`, "cut sho");
  assert.notEqual((await keepTls(folder, NAMES, NOW_MS)).key, "cut sho");
  // As a crash between writing the two files leaves them: each is whole, and they do not fit.
  await Deno.writeTextFile(`${folder}/key.pem`, first.key);
  const { cert, key } = await keepTls(folder, NAMES, NOW_MS);
  assert.notEqual(key, first.key);
  assert(new X509Certificate(cert).verify(createPublicKey(key)));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readTls() says which file is at fault", async () => {
  const folder = await Deno.makeTempDir();
  const a = await makeCertificate(NAMES, NOW_MS);
  const b = await makeCertificate(NAMES, NOW_MS);
  const files = { "a.pem": a.cert, "a.key": a.key, "b.key": b.key, "bad.pem": "rubbish" };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const read = (certFile: string, keyFile: string) =>
    readTls({ certFile: `${folder}/${certFile}`, keyFile: `${folder}/${keyFile}` });
  assert.equal((await read("a.pem", "a.key")).key, a.key);
  const sec1 = createPrivateKey(a.key).export({ type: "sec1", format: "pem" }) as string;
  await Deno.writeTextFile(`${folder}/sec1.key`, sec1);
  assert.equal((await read("a.pem", "sec1.key")).key, a.key);
  const rejects = (certFile: string, keyFile: string, expected: RegExp) =>
    assert.rejects(
      read(certFile, keyFile),
      (error: Error) => error instanceof UsageError && expected.test(error.message),
    );
  await rejects("none.pem", "a.key", /--tls-cert: cannot read .*none\.pem/);
  await rejects("a.pem", "none.key", /--tls-key: cannot read .*none\.key/);
  await rejects("bad.pem", "a.key", /--tls-cert: .*bad\.pem is not/);
  await rejects("a.pem", "bad.pem", /--tls-key: .*bad\.pem is not/);
  await rejects("a.pem", "b.key", /--tls-key is not the key of --tls-cert/);
  await Deno.remove(folder, { recursive: true });
});
