import assert from "node:assert/strict";
import { ENV_NAMES, loadConfig } from "../base/config.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

Deno.test("docker-compose.yml passes on variables that the server reads, and no others", async () => {
  const text = await read("../../docker-compose.yml");
  const [, block] = /^x-environment:.*\n((?: {2}\w+:.*\n)+)/m.exec(text)!;
  const names = [...block!.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
  assert.ok(names.length > 10, `${names}`);
  // Deno's own exporter reads this one.
  const known = new Set([...ENV_NAMES, "OTEL_EXPORTER_OTLP_ENDPOINT"]);
  for (const name of names) assert.ok(known.has(name), name);
});

Deno.test("the image is of the Deno that start.sh installs", async () => {
  const [, image] = /^ARG DENO_VERSION=(\S+)$/m.exec(await read("../../Dockerfile"))!;
  const [, pinned] = /^pinned=(\S+)/m.exec(await read("../../start.sh"))!;
  assert.equal(image, pinned);
});

Deno.test("docker-compose.yml leaves Grafana without an account that somebody could sign in to", async () => {
  const text = await read("../../docker-compose.yml");
  const setting = (name: string) => new RegExp(`^ +${name}: "?(\\w+)"?$`, "m").exec(text)?.[1];
  assert.equal(setting("GF_AUTH_ANONYMOUS_ORG_ROLE"), "Viewer");
  assert.equal(setting("GF_AUTH_BASIC_ENABLED"), "false");
  assert.equal(setting("GF_AUTH_DISABLE_LOGIN_FORM"), "true");
  assert.equal(setting("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"), "true");
});

Deno.test("coturn has relays for a full room twice, and a port for each", async () => {
  const text = await read("coturn/start.sh");
  const setting = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, "m").exec(text)![1]);
  const { maxPhones, maxViewers } = loadConfig({ env: {}, flags: {} }).limits;
  const ofRoom = maxPhones * (maxViewers + 1) * 2;
  assert.ok(setting("user-quota") >= 2 * ofRoom);
  assert.ok(setting("total-quota") >= setting("user-quota"));
  const [first, last] = [setting("min-port"), setting("max-port")];
  assert.ok(setting("total-quota") <= last - first + 1);
  assert.ok((await read("coturn/Dockerfile")).includes(` ${first}-${last}/udp`));
  assert.ok((await read("README.md")).includes(`UDP ${first} to ${last}`));
});
