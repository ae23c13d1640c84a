import assert from "node:assert/strict";
import { ENV_NAMES, loadConfig } from "../base/config.ts";
import { WORKER_WORD } from "../base/flags.ts";
import { SECRET_VARIABLES } from "../base/variables.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

/** The lines of each service, by its name. */
async function services(): Promise<Map<string, string>> {
  const [, text] = (await read("../../docker-compose.yml")).split(/^services:\n/m);
  const [all] = text!.split(/^volumes:\n/m);
  return new Map(
    all!.split(/^(?= {2}\w+:(?: &\w+)?$)/m).filter((part) => /^ {2}\w/.test(part))
      .map((part) => [/^ {2}(\w+):/.exec(part)![1]!, part]),
  );
}

Deno.test("docker-compose.yml passes on variables that the server reads, and no others", async () => {
  const text = await read("../../docker-compose.yml");
  const [, block] = /^x-environment:.*\n((?: {2}\w+:.*\n)+)/m.exec(text)!;
  const names = [...block!.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
  assert.ok(names.length > 10, `${names}`);
  // Deno's own exporter reads this one.
  const known = new Set([...ENV_NAMES, "OTEL_EXPORTER_OTLP_ENDPOINT"]);
  for (const name of names) assert.ok(known.has(name), name);
});

Deno.test("docker-compose.yml passes on every secret by value and by file, and a certificate", async () => {
  const text = await read("../../docker-compose.yml");
  const names = [...SECRET_VARIABLES.flatMap((name) => [name, `${name}_FILE`])];
  for (const name of [...names, "PEERLENS_TLS_CERT", "PEERLENS_TLS_KEY"]) {
    assert.match(text, new RegExp(`^ {2}${name}:$`, "m"));
  }
  assert.match(text, /^ {4}- \S+:\/run\/secrets:ro$/m);
  // Where they are kept nothing comes into a commit or an image.
  for (const path of ["secrets/.gitignore", "../../models/local/.gitignore"]) {
    assert.match(await read(path), /^\*$/m);
  }
  assert.match(await read("../../.gitignore"), /^\/\.env$/m);
  for (const path of ["models/local", "server/deploy/secrets"]) {
    assert.match(await read("../../.dockerignore"), new RegExp(`^${path}$`, "m"));
  }
});

Deno.test("docker-compose.yml leaves the image its own code: only models and secrets are mounted", async () => {
  const [, block] = /^x-peerlens:[^]+?\n {2}volumes:\n((?: {4}.*\n)+)/m.exec(
    await read("../../docker-compose.yml"),
  )!;
  const targets = [...block!.matchAll(/^ {4}- \S+?:(\/[^:\s]+)/gm)].map(([, target]) => target);
  assert.deepEqual(targets, ["/data", "/app/models/local", "/run/secrets"]);
});

Deno.test("docker-compose.yml bounds memory, threads and log of every service", async () => {
  const text = await read("../../docker-compose.yml");
  for (const bound of ["pids_limit", "mem_limit", "max-size", "max-file"]) {
    assert.match(
      text.slice(text.indexOf("x-bounds:"), text.indexOf("services:")),
      new RegExp(bound),
    );
  }
  assert.match(text, /^x-peerlens: &peerlens\n {2}<<: \*bounds$/m);
  const all = await services();
  assert.deepEqual([...all.keys()], [
    ...["peerlens", "bridge", "nats", "web1", "web2", "worker1", "worker2"],
    ...["coturn", "prometheus", "grafana"],
  ]);
  for (const [name, lines] of all) {
    assert.match(lines, /^ {4}<<: \*(bounds|peerlens|web|worker)$/m, name);
  }
});

Deno.test("images of others are pinned by version and digest", async () => {
  const text = await read("../../docker-compose.yml");
  const images = [...text.matchAll(/^ +image: (?!peerlens)(\S+)$/gm)].map(([, image]) => image!);
  assert.equal(images.length, 3);
  for (const image of images) {
    assert.match(image, /^[a-z/]+:v?\d+\.\d+\.\d+(?:-alpine)?@sha256:[0-9a-f]{64}$/);
  }
  const [, digest] = /^ARG DENO_DIGEST=(@sha256:[0-9a-f]{64})$/m.exec(
    await read("../../Dockerfile"),
  )!;
  assert.ok(text.includes(`DENO_DIGEST: \${DENO_DIGEST-${digest}}`), digest!);
});

Deno.test("the services peerlens and bridge have no port in common", async () => {
  const bridge = (await services()).get("bridge")!;
  const [, port] = /PEERLENS_PORT: \$\{BRIDGE_PORT:-(\d+)\}/.exec(bridge)!;
  const [, httpsPort] = /PEERLENS_HTTPS_PORT: \$\{BRIDGE_HTTPS_PORT:-(\d+)\}/.exec(bridge)!;
  const own = loadConfig({ env: {}, flags: {} });
  for (const taken of [own.httpPort, own.httpsPort]) {
    assert.ok(![port, httpsPort].includes(String(taken)));
  }
  for (const name of ["PORT", "HTTPS_PORT", "RTC_PORTS"]) {
    const [, fallback] = new RegExp(`PEERLENS_${name}: \\$\\{BRIDGE_${name}:-([\\d-]+)\\}`).exec(
      bridge,
    )!;
    const one = `\${BRIDGE_${name}:-${fallback}}`;
    assert.ok(bridge.includes(`"${one}:${one}`), name);
  }
});

Deno.test("the services of the cluster have ports of their own, and the same ones inside as outside", async () => {
  const all = await services();
  const inside = ["web1", "web2", "worker1", "worker2"].flatMap((name) =>
    // Where a worker says how it is, it is asked from inside.
    [...all.get(name)!.matchAll(/PEERLENS_(PORT|HTTPS_PORT|RTC_PORTS): ([\d-]+)/g)]
      .flatMap(([, of, ports]) =>
        // A range of one is published as one port.
        of === "PORT" && name.startsWith("worker") ? [] : [ports!.replace(/^(\d+)-\1$/, "$1")]
      )
  );
  const outside = ["web1", "web2", "worker1", "worker2"].flatMap((name) =>
    [...all.get(name)!.matchAll(/"([\d-]+):([\d-]+)(?:\/udp)?"/g)].map(([, from, to]) => {
      assert.equal(from, to);
      return from!;
    })
  );
  assert.deepEqual(outside, inside);
  assert.equal(new Set(outside).size, 8);
  const bridge = all.get("bridge")!;
  for (const port of outside) assert.ok(!bridge.includes(`:-${port}`), port);
  // Cameras come over UDP: each of their browsers takes a port, and a range of one would be for frames alone.
  for (const name of ["web1", "web2"]) {
    const [, ports] = /PEERLENS_RTC_PORTS: (\S+)$/m.exec(all.get(name)!)!;
    const { rtcPorts } = loadConfig({ env: { PEERLENS_RTC_PORTS: ports! }, flags: {} });
    assert.ok(rtcPorts!.end > rtcPorts!.begin, name);
  }
  // A web node that runs no models, and workers that do; NATS is on a network without others.
  const [web, worker] = [all.get("web1")!, all.get("worker1")!];
  assert.match(web, /PEERLENS_INFERENCE: remote$/m);
  assert.match(worker, new RegExp(`command: \\[${WORKER_WORD}\\]$`, "m"));
  for (const text of [web, worker]) {
    const [, nats] = /PEERLENS_NATS: (\S+)$/m.exec(text)!;
    const env = { PEERLENS_NATS: nats! };
    assert.deepEqual(loadConfig({ env, flags: {} }).nats?.servers, ["nats:4222"]);
  }
});

Deno.test("the image's user is a number that is not root", async () => {
  assert.match(await read("../../Dockerfile"), /^USER [1-9]\d*$/m);
});

Deno.test("coturn relays to no address that only its own computer or wire has", async () => {
  const denied = [...(await read("coturn/start.sh")).matchAll(/^denied-peer-ip=(\S+)$/gm)];
  const ranges = denied.map(([, range]) => range!);
  for (const start of ["127.0.0.0-", "169.254.0.0-", "::1", "fe80::-", "::ffff:127.0.0.0-"]) {
    assert.ok(ranges.some((range) => range.startsWith(start)), start);
  }
  // To coturn 4.6 the range of this one address is everything.
  assert.ok(!ranges.includes("::"));
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

Deno.test("docker-compose.yml gives workers no secret but that of NATS", async () => {
  const all = await services();
  const worker = all.get("worker1")!;
  assert.doesNotMatch(worker, /<<: \*environment/);
  const given = SECRET_VARIABLES.filter((name) => worker.includes(name));
  assert.deepEqual(given, ["PEERLENS_NATS_TOKEN"]);
  assert.match(all.get("worker2")!, /<<: \*worker-environment/);
});
