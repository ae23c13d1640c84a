import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { Hono } from "hono";
import { loadConfig } from "../base/config.ts";
import { UsageError } from "../base/flags.ts";
import { type KeyPair, listen } from "../base/listen.ts";
import { memoryLog } from "../testing/helpers.ts";
import { makeCertificate, renewalReason, VALIDITY_DAYS } from "./certificate.ts";
import { CertificateRenewal, type RenewalOptions } from "./renewal.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 0, 15);
const NAMES = ["127.0.0.1"];
const made = (nowMs: number) => makeCertificate(NAMES, nowMs);

/** Of a server with a certificate of ours; `used`: those it was given since. */
async function scene(over: Partial<RenewalOptions> = {}) {
  const used: KeyPair[] = [];
  const lines: string[] = [];
  const renewal = new CertificateRenewal({
    current: await made(NOW_MS),
    isDue: (cert, nowMs) => renewalReason(cert, NAMES, nowMs) !== null,
    load: async (nowMs) => ({ ...await made(nowMs), sentence: "made", warning: null }),
    isQuiet: () => true,
    replace: (pair) => void used.push(pair),
    log: memoryLog(lines),
    ...over,
  });
  return { renewal, used, lines };
}

Deno.test("CertificateRenewal keeps a server that is up for 400 days, and longer, with one that holds", async () => {
  const { renewal, used } = await scene();
  for (let day = 0; day <= 1_000; day++) {
    const nowMs = NOW_MS + day * DAY_MS;
    await renewal.look(nowMs);
    const validTo = used.length === 0
      ? NOW_MS + VALIDITY_DAYS * DAY_MS
      : Date.parse(new X509Certificate(used.at(-1)!.cert).validTo);
    assert.ok(validTo > nowMs, `day ${day}`);
  }
  assert.equal(used.length, 2);
});

Deno.test("CertificateRenewal waits until nobody would be asked, but not beyond the last day", async () => {
  const { renewal, used } = await scene({ isQuiet: () => false });
  await renewal.look(NOW_MS + (VALIDITY_DAYS - 3) * DAY_MS);
  assert.equal(used.length, 0);
  await renewal.look(NOW_MS + (VALIDITY_DAYS - 1) * DAY_MS);
  assert.equal(used.length, 1);
});

Deno.test("CertificateRenewal takes files that were replaced, and waits for whole ones", async () => {
  const next = await made(NOW_MS);
  let answer: KeyPair | null = null;
  const { renewal, used, lines } = await scene({
    isDue: () => true,
    load: async () => {
      await Promise.resolve();
      if (answer === null) throw new UsageError("--tls-key is not the key of --tls-cert");
      return { ...answer, sentence: "from a.pem", warning: null };
    },
  });
  await renewal.look(NOW_MS);
  await renewal.look(NOW_MS);
  assert.equal(lines.filter((line) => line.includes("--tls-key is not the key")).length, 1);
  answer = next;
  await renewal.look(NOW_MS);
  await renewal.look(NOW_MS);
  assert.deepEqual(used.map(({ cert }) => cert), [next.cert]);
});

Deno.test("listen() serves another certificate at the same port, and answers what it has begun to", async () => {
  const [first, second] = [await made(Date.now()), await made(Date.now())];
  const held = Promise.withResolvers<string>();
  const app = new Hono().get("/now", (c) => c.text("now")).get(
    "/late",
    async (c) => c.text(await held.promise),
  );
  const config = {
    ...loadConfig({ env: {}, flags: {} }),
    ...{ host: "127.0.0.1", httpPort: 0, httpsPort: 0 },
  };
  const listeners = listen(config, {
    tls: first,
    tunnelHeader: null,
    // deno-lint-ignore no-explicit-any -- any app will do
    makeApp: () => app as any,
    onLost: () => {},
  });
  const { https } = listeners.ports;
  const trusts = ({ cert }: KeyPair) => Deno.createHttpClient({ caCerts: [cert] });
  using old = trusts(first);
  using fresh = trusts(second);
  const ask = (client: Deno.HttpClient, path: string) =>
    fetch(`https://127.0.0.1:${https}${path}`, { client }).then((response) => response.text());
  assert.equal(await ask(old, "/now"), "now");
  const late = ask(old, "/late");
  listeners.replaceCertificate(second);
  assert.equal(await ask(fresh, "/now"), "now");
  using other = trusts(first);
  await assert.rejects(ask(other, "/now"));
  held.resolve("late");
  assert.equal(await late, "late");
  await listeners.shutdown();
});
