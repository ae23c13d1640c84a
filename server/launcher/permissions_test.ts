import assert from "node:assert/strict";
import { loadConfig } from "../base/config.ts";
import { parseFlags } from "../base/flags.ts";
import { TUNNEL_TOOLS } from "../tunnel/tunnel_tools.ts";
import { serverPermissions } from "./permissions.ts";

function permissionsOf(args: string[], env: Record<string, string> = {}): string[] {
  return serverPermissions(loadConfig({ flags: parseFlags(args), env }));
}

Deno.test("serverPermissions() gives every permission as a list and never as a whole", () => {
  for (const flag of permissionsOf([])) assert.match(flag, /^--no-prompt$|^--allow-[a-z]+=.+/);
});

Deno.test("serverPermissions() opens the two ports only, or any where one is not known yet", () => {
  assert.ok(permissionsOf(["--port", "4000"]).includes("--allow-net=0.0.0.0:4000,0.0.0.0:3443"));
  assert.ok(permissionsOf(["--port", "0"]).includes("--allow-net=0.0.0.0"));
});

Deno.test("serverPermissions() reaches a webhook at its host and port, and nothing else out there", () => {
  const netOf = (url: string, ...args: string[]) =>
    permissionsOf([...args, "--webhook", url]).find((flag) => flag.startsWith("--allow-net="));
  const own = "--allow-net=0.0.0.0:3000,0.0.0.0:3443";
  assert.equal(netOf("https://hook.example/in?key=1"), `${own},hook.example:443`);
  assert.equal(netOf("http://hook.example"), `${own},hook.example:80`);
  assert.equal(netOf("http://[::1]:8080/"), `${own},[::1]:8080`);
  assert.equal(netOf("http://10.0.0.9:81", "--port", "0"), "--allow-net=0.0.0.0,10.0.0.9:81");
  assert.ok(permissionsOf([]).includes(own));
});

Deno.test("serverPermissions() reaches NATS and reads its files where it is configured, and else not", () => {
  const args = ["--nats", "tls://n.example,tls://m.example:4333", "--nats-creds", "/k/f.creds"];
  const [net, read] = ["net", "read"].map((name) =>
    permissionsOf(args, { PEERLENS_NATS_CA: "/k/ca.pem" }).find((flag) =>
      flag.startsWith(`--allow-${name}=`)
    )!
  );
  assert.ok(net!.endsWith(",n.example:4222,m.example:4333"), net!);
  assert.ok(read!.endsWith(",/k/f.creds,/k/ca.pem"), read!);
  assert.ok(!permissionsOf([], { PEERLENS_NATS_CA: "/k/ca.pem" }).join().includes("/k/"));
});

Deno.test("serverPermissions() lets the server write to its data folder only, not to the models", () => {
  for (const mode of ["wasm", "server"]) {
    const write = permissionsOf(["--mode", mode]).filter((flag) =>
      flag.startsWith("--allow-write")
    );
    assert.deepEqual(write, ["--allow-write=.data"]);
  }
});

Deno.test("serverPermissions() writes IPv6 addresses so that Deno takes them", () => {
  assert.ok(permissionsOf(["--host", "::"]).includes("--allow-net=[::]:3000,[::]:3443"));
});

Deno.test("serverPermissions() lets the server read the model folders and certificate it is given", () => {
  const flags = permissionsOf(["--tls-cert", "/etc/a.pem", "--tls-key", "/etc/b,c.pem"], {
    PEERLENS_MODELS: "/models",
    PEERLENS_API_TOKEN_FILE: "/run/token",
  });
  const read = flags.find((flag) => flag.startsWith("--allow-read="))!;
  assert.ok(read.endsWith(",/models,/run/token,/etc/a.pem,/etc/b,,c.pem"), read);
  assert.ok(flags.includes("--allow-write=.data"));
});

Deno.test("serverPermissions() lets the server start a process in server mode only, and only Deno", () => {
  const run = (...args: string[]) =>
    permissionsOf(args).filter((flag) => flag.startsWith("--allow-run"));
  assert.deepEqual(run(), []);
  assert.deepEqual(run("--mode", "server"), [`--allow-run=${Deno.execPath()}`]);
  assert.deepEqual(run("--mode", "auto"), [`--allow-run=${Deno.execPath()}`]);
  assert.ok(!permissionsOf(["--mode", "server"]).some((flag) => flag.startsWith("--allow-ffi")));
});

Deno.test("serverPermissions() lets the server ask WHEP endpoints that it was given, and no other camera", () => {
  const cameras = [
    ...[
      "--camera",
      "a=whep:http://u:p@10.0.0.7:1984/x",
      "--camera",
      "b=whep:https://cam.example/x",
    ],
    ...["--camera", "c=rtsp://10.0.0.8/"],
  ];
  const net = permissionsOf(cameras).find((flag) => flag.startsWith("--allow-net="));
  assert.equal(net, "--allow-net=0.0.0.0:3000,0.0.0.0:3443,10.0.0.7:1984,cam.example:443");
});

Deno.test("serverPermissions() lets a tunnel start its one program and ask its service's names only", () => {
  const plain = permissionsOf([]);
  const config = (...args: string[]) => loadConfig({ flags: parseFlags(args), env: {} });
  const flags = serverPermissions(config("--tunnel", "cloudflared"), {
    tunnel: { ...TUNNEL_TOOLS.cloudflared, isInstalled: true },
  });
  assert.deepEqual(flags.filter((flag) => !plain.includes(flag)), [
    "--allow-net=0.0.0.0:3000,0.0.0.0:3443,127.0.0.1:0,*.trycloudflare.com:443",
    "--allow-run=cloudflared",
  ]);
  const run = (isInstalled: boolean) =>
    serverPermissions(config("--ngrok", "--mode", "server"), {
      deno: "/bin/deno",
      tunnel: { ...TUNNEL_TOOLS.ngrok, isInstalled },
    }).at(-1);
  assert.equal(run(true), "--allow-run=/bin/deno,ngrok");
  assert.equal(run(false), "--allow-run=/bin/deno");
});
