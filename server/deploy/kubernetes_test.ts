import assert from "node:assert/strict";
import { type Env, ENV_NAMES, loadConfig } from "../base/config.ts";
import { WORKER_WORD } from "../base/flags.ts";
import { SECRET_VARIABLES } from "../base/variables.ts";
import { createApp } from "../app.ts";
import { appDeps } from "../testing/helpers.ts";

const FOLDER = new URL("./kubernetes/", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, FOLDER));

/** Every file of the manifests, by its path. */
async function manifests(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(path, FOLDER))) {
      if (isDirectory) await walk(`${path}${name}/`);
      else if (/\.(yaml|conf)$/.test(name)) found.set(path + name, await read(path + name));
    }
  };
  await walk("./");
  assert.ok(found.size > 10);
  return found;
}

/** The literals of a generated ConfigMap in a kustomization. */
function literals(text: string, name: string): Env {
  const [, block = ""] = text.split(new RegExp(`^  - name: ${name}\n`, "m"));
  const [lines = ""] = block.split(/^ {2}- name: |^\w/m);
  return Object.fromEntries(
    [...lines.matchAll(/^ +- ([A-Z_]+)=(.*)$/gm)].map(([, key, value]) => [key!, value!]),
  );
}

/** As the server has it, with secrets that were read from their files. */
function withSecrets(env: Env): Env {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) =>
      name.endsWith("_FILE")
        ? [name.replace(/_FILE$/, ""), value === "" ? "" : "s0123456789abcdef"]
        : [name, value]
    ),
  );
}

Deno.test("the manifests set variables that the program reads, to values that it takes", async () => {
  for (const [path, text] of await manifests()) {
    const named = [...text.matchAll(/\b(?:PEERLENS_[A-Z_]+[A-Z]|MODE)(?==)|name: (PEERLENS_\w+)/g)]
      .map(([all, name]) => name ?? all);
    for (const name of named) assert.ok(ENV_NAMES.includes(name), `${path}: ${name}`);
  }
  const base = await read("base/kustomization.yaml");
  const common = literals(base, "peerlens");
  const web = { ...common, ...literals(base, "peerlens-web") };
  const worker = { ...common, ...literals(base, "peerlens-worker") };
  const single = await read("overlays/single/kustomization.yaml");
  const turn = await read("components/turn/kustomization.yaml");
  const udp = await read("components/udp-host-ports/kustomization.yaml");
  const gpu = await read("overlays/gpu/kustomization.yaml");
  const load = (env: Env) => loadConfig({ env: withSecrets(env), flags: {} });

  const node = load({ ...web, ...literals(turn, "peerlens-web") });
  assert.equal(node.inference, "remote");
  assert.equal(node.nats?.servers.length, 3);
  const withFfmpeg = load({ ...web, PEERLENS_FFMPEG: "/usr/bin/ffmpeg" });
  assert.deepEqual(withFfmpeg.cameras.specs, []);
  assert.notEqual(node.nats?.clusterSecret, null);
  assert.equal(node.trustedProxies.length, 1);
  assert.notEqual(node.turn, null);
  assert.equal(load({ ...worker, ...literals(gpu, "peerlens-worker") }).executionProvider, "cuda");
  assert.equal(load(worker).nats?.clusterSecret, null);
  assert.doesNotMatch(await read("base/worker.yaml"), /key: (?!nats-token$)/m);
  const frames = load({ ...worker, ...literals(udp, "peerlens-worker") });
  assert.equal(frames.rtcPorts?.begin, frames.rtcPorts?.end);
  for (const field of ["containerPort", "hostPort", "port"]) {
    assert.match(udp, new RegExp(`\\b${field}: ${frames.rtcPorts!.begin}$`, "m"));
  }
  const alone = load({
    ...web,
    ...literals(single, "peerlens"),
    ...literals(single, "peerlens-web"),
  });
  assert.deepEqual([alone.nats, alone.inference], [null, "all"]);
  assert.notEqual(alone.cookieSecret, null);
});

Deno.test("the manifests give secrets by files only, and those that the README makes", async () => {
  const readme = await read("README.md");
  const made = [...readme.matchAll(/create secret generic ([\w-]+)((?:.*\\\n)*.*)/g)]
    .flatMap(([, secret, rest]) =>
      [...rest!.matchAll(/--from-literal=([\w-]+)=/g)].map(([, key]) => `${secret}/${key}`)
    );
  const used = new Set<string>();
  for (const [path, text] of await manifests()) {
    for (const name of SECRET_VARIABLES) {
      // That there are no cameras is no secret.
      assert.doesNotMatch(text, new RegExp(`\\b${name}(?!_FILE|=none$)\\b`, "m"), path);
    }
    for (const [, key] of text.matchAll(/=\/run\/secrets\/(peerlens\/[\w-]+)$/gm)) used.add(key!);
    for (const [, key] of text.matchAll(/^ +- key: (?!nvidia)([\w-]+)$/gm)) {
      used.add(`peerlens/${key}`);
    }
    for (const [, secret, key] of text.matchAll(/secretKeyRef:\n +name: (\S+)\n +key: (\S+)$/gm)) {
      used.add(`${secret}/${key}`);
    }
  }
  assert.deepEqual([...used].sort(), made.sort());
});

Deno.test("the manifests give the password of NATS's routes to NATS alone", async () => {
  const nats = await read("nats/nats.yaml");
  const [, secret] = /name: NATS_ROUTE_PASSWORD\n(?:.*\n){2} +name: (\S+)$/m.exec(nats)!;
  for (const [path, text] of await manifests()) {
    if (path !== "./nats/nats.yaml") assert.ok(!text.includes(secret!), path);
  }
  // Of this one web nodes have every key.
  assert.match(await read("base/web.yaml"), /secretName: peerlens$/m);
  assert.notEqual(secret, "peerlens");
});

Deno.test("the manifests name ports and paths that the program has", async () => {
  const { httpPort, httpsPort } = loadConfig({ env: {}, flags: {} });
  const web = await read("base/web.yaml");
  const policies = await read("base/network_policies.yaml");
  for (const port of [httpPort, httpsPort]) {
    assert.match(web, new RegExp(`containerPort: ${port}$`, "m"));
    assert.match(policies, new RegExp(`port: ${port}$`, "m"));
  }
  // As the kubelet asks: from another address, at `localhost`.
  const app = createApp(appDeps());
  const paths = [...web.matchAll(/^ +path: (\/\w+)$/gm)].map(([, path]) => path!);
  assert.deepEqual([...new Set(paths)], ["/healthz", "/readyz"]);
  assert.equal([...web.matchAll(/- name: Host\n +value: localhost$/gm)].length, paths.length);
  for (const path of paths) {
    const request = new Request(`http://localhost${path}`, { headers: { Host: "localhost" } });
    const { status } = await app.fetch(request, { address: "10.0.0.7" });
    // Of a server without pages `/readyz` says that it is not ready.
    assert.equal(status, path === "/healthz" ? 200 : 503, path);
  }
  const dockerfile = await Deno.readTextFile(new URL("../../Dockerfile", import.meta.url));
  const worker = await read("base/worker.yaml");
  const { workerPort } = loadConfig({
    env: literals(await read("base/kustomization.yaml"), "peerlens-worker"),
    flags: {},
  });
  assert.match(worker, new RegExp(`containerPort: ${workerPort}$`, "m"));
  assert.match(worker, new RegExp(`^ +args: \\[${WORKER_WORD}\\]$`, "m"));
  for (const text of [web, worker]) {
    const user = /runAsUser: (\d+)/.exec(text)![1]!;
    assert.match(dockerfile, new RegExp(`^USER ${user}$`, "m"));
    for (const [, path] of text.matchAll(/mountPath: (\S+)/g)) {
      assert.ok(["/data", "/run/secrets/peerlens"].includes(path!), path!);
    }
  }
  assert.match(dockerfile, /PEERLENS_DATA_DIR=\/data/);
  assert.match(dockerfile, /mkdir .*\/run\/secrets\b/);
});

Deno.test("the manifests run every container without privileges, on a disk that cannot be written", async () => {
  for (const path of ["base/web.yaml", "base/worker.yaml", "nats/nats.yaml"]) {
    const text = await read(path);
    for (
      const line of [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "automountServiceAccountToken: false",
        "drop: [ALL]",
        "type: RuntimeDefault",
        "memory: ",
      ]
    ) assert.ok(text.includes(line), `${path}: ${line}`);
  }
});

Deno.test("the rule for prometheus-adapter asks for a metric that there is", async () => {
  const rule = await read("components/queue-age/adapter_values.yaml");
  const metrics = await Deno.readTextFile(new URL("../observability/README.md", import.meta.url));
  const names = [...rule.matchAll(/(peerlens_\w+)\{(\w+)!?="/g)];
  assert.ok(names.length > 1);
  for (const [, name, label] of names) {
    const row = metrics.split("\n").find((line) => line.includes(`\`${name}\``)) ?? "";
    assert.match(row, new RegExp(`\\| \`${label}\` \\|`));
  }
  const hpa = await read("components/queue-age/kustomization.yaml");
  assert.equal(/^ +as: (\w+)$/m.exec(rule)![1], /^ +name: (peerlens_\w+)$/m.exec(hpa)![1]);
});

Deno.test("a worker that has its machine to itself goes before the next one comes", async () => {
  for (const path of ["components/udp-host-ports", "overlays/gpu"]) {
    const patch =
      (await read(`${path}/kustomization.yaml`)).split("/spec/strategy/rollingUpdate")[1];
    assert.match(patch ?? "", /^\s+value:\s+maxSurge: 0\s+maxUnavailable: 1$/m, path);
  }
});

const hasNats = await new Deno.Command("/usr/sbin/nats-server", { args: ["--version"] }).output()
  .then(() => true, () => false);

Deno.test({
  name: "NATS takes its configuration",
  ignore: !hasNats,
  fn: async () => {
    const passwords = { NATS_ROUTE_PASSWORD: "nats-fedcba" };
    const named = [...(await read("nats/nats.yaml"))
      .matchAll(/- name: (NATS_ROUTE_\d)\n +value: (\S+)$/gm)]
      .map(([, name, value]) => [name!, value!] as const);
    assert.equal(named.length, 3);
    // Servers give the password that they ask for. As Kubernetes puts one variable into another.
    for (const [, value] of named) {
      assert.match(value, /^nats-route:\/\/nats:\$\(NATS_ROUTE_PASSWORD\)@/);
    }
    const routes = Object.fromEntries(named.map(([name, value]) => [
      name,
      value.replace("$(NATS_ROUTE_PASSWORD)", passwords.NATS_ROUTE_PASSWORD),
    ]));
    const { success, stderr } = await new Deno.Command("/usr/sbin/nats-server", {
      args: ["-t", "-c", "nats.conf"],
      cwd: new URL("nats/", FOLDER),
      env: { POD_NAME: "nats-0", NATS_TOKEN: "nats-0123456789", ...passwords, ...routes },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  },
});
