import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { UsageError } from "../base/flags.ts";
import { makeCertificate, VALIDITY_DAYS } from "./certificate.ts";
import { readTls } from "./own_tls.ts";

const NAMES = ["peerlens.example", "192.168.1.20", "fd00::2:1"];
const NOW_MS = Date.UTC(2026, 0, 15);
const DAY_MS = 86_400_000;

/** Two certificates and their keys, and what else is in a folder. */
async function set(more: Readonly<Record<string, string>> = {}) {
  const folder = await Deno.makeTempDir();
  const a = await makeCertificate(NAMES, NOW_MS);
  const b = await makeCertificate(NAMES, NOW_MS);
  const files = { "a.pem": a.cert, "a.key": a.key, "b.key": b.key, "bad.pem": "rubbish", ...more };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const read = (certFile: string, keyFile: string, use: { host?: string; nowMs?: number } = {}) =>
    readTls(
      { certFile: `${folder}/${certFile}`, keyFile: `${folder}/${keyFile}` },
      { host: null, nowMs: NOW_MS, ...use },
    );
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  return {
    ...{ a, b, read, write },
    async rejects(certFile: string, keyFile: string, expected: RegExp) {
      await assert.rejects(
        read(certFile, keyFile),
        (error: Error) => error instanceof UsageError && expected.test(error.message),
      );
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("readTls() reads keys of any form, and says which file is at fault", async () => {
  await using folder = await set();
  const { a, read, write, rejects } = folder;
  const { key, warning } = await read("a.pem", "a.key");
  assert.deepEqual([key, warning], [a.key, null]);
  const sec1 = createPrivateKey(a.key).export({ type: "sec1", format: "pem" }) as string;
  await write("sec1.key", sec1);
  assert.equal((await read("a.pem", "sec1.key")).key, a.key);
  await rejects("none.pem", "a.key", /--tls-cert: cannot read .*none\.pem/);
  await rejects("a.pem", "none.key", /--tls-key: cannot read .*none\.key/);
  await rejects("bad.pem", "a.key", /--tls-cert: .*bad\.pem is not/);
  await rejects("a.pem", "bad.pem", /--tls-key: .*bad\.pem is not/);
  await rejects("a.pem", "b.key", /--tls-key is not the key of --tls-cert/);
});

Deno.test("readTls() takes key and chain of one file, in whatever order, and serves with them", async () => {
  await using folder = await set();
  const { a, b, read, write } = folder;
  await write("all.pem", `Bag Attributes\n${b.cert}${a.key}subject=\n${a.cert}`);
  const { cert, key } = await read("all.pem", "all.pem");
  assert.equal(key, a.key);
  assert.ok(new X509Certificate(cert).verify(createPublicKey(a.key)));
  assert.equal(cert.match(/BEGIN CERTIFICATE/g)?.length, 2);
  assert.ok(!cert.includes("PRIVATE"));
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", cert, key, onListen: () => {} },
    () => new Response("hello"),
  );
  await server.shutdown();
});

Deno.test("readTls() says that a key is encrypted, and how to write it without", async () => {
  await using folder = await set();
  const { a, write, rejects } = folder;
  // As `openssl pkey -aes256` and `openssl ec -aes256` write them; what is in them is never looked at.
  await write("pkcs8.key", a.key.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
  const lines = "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n";
  await write(
    "sec1.key",
    `-----BEGIN EC PRIVATE KEY-----${lines}AAAA\n-----END EC PRIVATE KEY-----\n`,
  );
  for (const name of ["pkcs8.key", "sec1.key"]) {
    await rejects("a.pem", name, /is encrypted.*openssl pkey -in .* -out plain\.pem$/);
  }
});

Deno.test("readTls() warns of a certificate that is over, or not begun", async () => {
  await using folder = await set();
  const { read } = folder;
  const warned = async (nowMs: number) => (await read("a.pem", "a.key", { nowMs })).warning;
  assert.match(
    (await warned(NOW_MS + VALIDITY_DAYS * DAY_MS))!,
    /a\.pem: it expired on 2027-02-1\d$/,
  );
  assert.match((await warned(NOW_MS - DAY_MS))!, /a\.pem: it is not valid before 2026-01-1\d$/);
});

Deno.test("readTls() warns of a certificate for another place than where phones are sent to", async () => {
  await using folder = await set();
  const { read } = folder;
  const warned = async (host: string) => (await read("a.pem", "a.key", { host })).warning;
  for (const host of ["peerlens.example", "192.168.1.20", "[fd00::2:1]"]) {
    assert.equal(await warned(host), null, host);
  }
  for (const host of ["192.168.1.21", "other.example", "[fd00::3]"]) {
    const warning = await warned(host);
    assert.ok(warning?.includes(`it is not for ${host}, where phones are sent to, but for`), host);
    assert.match(warning!, /DNS:peerlens\.example/);
  }
});
