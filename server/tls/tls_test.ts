import assert from "node:assert/strict";
import { createPublicKey, X509Certificate } from "node:crypto";
import { makeCertificate, RENEW_BEFORE_DAYS, renewalReason, VALIDITY_DAYS } from "./certificate.ts";
import {
  assertSynced,
  killAtEachWrite,
  refuseEachWrite,
  runToEnd,
} from "../base/testing/disk_faults.ts";
import { keepTls } from "./tls.ts";
import { tempFolder } from "../testing/temp_folder.ts";

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
  await using temp = await tempFolder();
  const folder = `${temp.path}/data/tls`;
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
  // As a crash of an earlier version left them: each is whole, and they do not fit.
  await Deno.writeTextFile(`${folder}/key.pem`, first.key);
  const { cert, key } = await keepTls(folder, NAMES, NOW_MS);
  assert.notEqual(key, first.key);
  assert(new X509Certificate(cert).verify(createPublicKey(key)));
});

Deno.test("keepTls() takes what earlier versions kept in two files", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const old = await makeCertificate(NAMES, NOW_MS);
  await Deno.writeTextFile(`${folder}/cert.pem`, old.cert);
  await Deno.writeTextFile(`${folder}/key.pem`, old.key, { mode: 0o600 });
  const { cert, key, warning } = await keepTls(folder, NAMES, NOW_MS);
  assert.deepEqual({ cert, key, warning }, { ...old, warning: null });
});

Deno.test("keepTls() makes a new one where the clock was ahead when the kept one was made", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const ahead = await keepTls(folder, NAMES, NOW_MS + 2 * DAY_MS);
  const back = await keepTls(folder, NAMES, NOW_MS);
  assert.notEqual(back.cert, ahead.cert);
  assert.match(back.sentence, /of a time to come/);
});

Deno.test({
  name: "keepTls() closes a key that others can read, and says so",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using temp = await tempFolder();
    const folder = temp.path;
    const { cert } = await keepTls(folder, NAMES, NOW_MS);
    await Deno.chmod(`${folder}/key.pem`, 0o644);
    const again = await keepTls(folder, NAMES, NOW_MS);
    assert.equal(again.cert, cert);
    assert.match(again.warning!, /^Others .* could read .*key\.pem/);
    assert.equal((await Deno.stat(`${folder}/key.pem`)).mode! & 0o777, 0o600);
    assert.equal((await keepTls(folder, NAMES, NOW_MS)).warning, null);
  },
});

/** A program that keeps a certificate in a folder, for ever other names, and prints which it uses. */
const keeper = (folder: string, names: readonly string[], nowMs = NOW_MS) =>
  `import { keepTls } from "./server/tls/tls.ts";
  const tls = await keepTls(${JSON.stringify(folder)}, ${JSON.stringify(names)}, ${nowMs});
  console.log(JSON.stringify(tls));`;

Deno.test("keepTls() leaves a whole pair, wherever it is killed, and the old one until it has a new one", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const old = await keepTls(folder, NAMES, NOW_MS);
  const more = [...NAMES, "10.0.0.9"];
  const whole = await killAtEachWrite(keeper(folder, more), async (steps) => {
    const kept = await Deno.readTextFile(`${folder}/key.pem`);
    const [key, keptCert] = kept.split(/(?=-----BEGIN CERTIFICATE)/);
    assert.ok(new X509Certificate(keptCert!).verify(createPublicKey(key!)), steps);
    new X509Certificate(await Deno.readTextFile(`${folder}/cert.pem`));
    // From the start each time, with what the one that was killed has left.
    if (kept.includes(old.cert)) return;
    const { cert, sentence } = await keepTls(folder, more, NOW_MS);
    assert.ok(kept.includes(cert) && sentence.startsWith("kept"), steps);
    await Deno.writeTextFile(`${folder}/key.pem`, `${old.key}${old.cert}`);
    await Deno.writeTextFile(`${folder}/cert.pem`, old.cert);
  });
  assertSynced(whole.steps);
  assert.equal(await Deno.readTextFile(`${folder}/cert.pem`), JSON.parse(whole.out).cert);
});

const LATE_MS = NOW_MS + (VALIDITY_DAYS - 2) * DAY_MS;

for (
  const { fault, words, nowMs, use } of [
    { fault: "ENOSPC", words: /the disk is full/, nowMs: LATE_MS, use: "the kept one" },
    {
      fault: "EROFS",
      words: /the disk is read-only/,
      nowMs: LATE_MS + 2 * DAY_MS,
      use: "a new one",
    },
  ] as const
) {
  Deno.test(`keepTls() starts on a disk that refuses (${fault}), with ${use}`, async () => {
    await using temp = await tempFolder();
    const folder = temp.path;
    const old = await keepTls(folder, NAMES, NOW_MS);
    await refuseEachWrite(
      keeper(folder, NAMES, nowMs),
      fault,
      async ({ code, out, err, steps }) => {
        assert.equal(code, 0, err);
        const { cert, key, warning } = JSON.parse(out);
        assert.ok(new X509Certificate(cert).verify(createPublicKey(key)));
        if ((await Deno.readTextFile(`${folder}/key.pem`)).includes(old.cert)) {
          assert.match(warning, words, steps.join(" "));
          assert.equal(cert === old.cert, use === "the kept one");
        } else await Deno.writeTextFile(`${folder}/key.pem`, `${old.key}${old.cert}`);
      },
    );
  });
}

Deno.test("keepTls() gives all that start at once the same certificate", async () => {
  await using temp = await tempFolder();
  const folder = `${temp.path}/tls`;
  const source = keeper(folder, NAMES);
  const runs = await Promise.all(Array.from({ length: 6 }, () => runToEnd(source)));
  const pairs = new Set(runs.map(({ code, out, err }) => {
    assert.equal(code, 0, err);
    const { cert, key } = JSON.parse(out);
    return cert + key;
  }));
  assert.equal(pairs.size, 1);
});
