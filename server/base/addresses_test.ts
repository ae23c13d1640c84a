import assert from "node:assert/strict";
import {
  joinOrigins,
  joinProblem,
  type NetworkInterface,
  resolveAddresses,
  whenChanged,
  whereToJoin,
} from "./addresses.ts";

const INTERFACES: readonly NetworkInterface[] = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "docker0", family: "IPv4", address: "172.17.0.1" },
  { name: "eth0", family: "IPv6", address: "fd00::2" },
  { name: "eth0", family: "IPv6", address: "fe80::1" },
  { name: "eth1", family: "IPv4", address: "169.254.7.7" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.20" },
];

const ANYWHERE = { host: "0.0.0.0", publicHost: null, network: "host" } as const;

function resolve(
  host = "0.0.0.0",
  publicHost: { name: string; port: number | null } | null = null,
  network: "host" | "bridge" = "host",
) {
  const config = { host, publicHost, network, defaultDevice: null };
  const addresses = resolveAddresses(INTERFACES, { hostname: "Laptop", config });
  const origins = joinOrigins(addresses, { publicHost, httpsPort: 3443 });
  return { addresses, origins: origins.map(({ origin }) => origin) };
}

Deno.test("resolveAddresses() puts the address that a phone most likely reaches first", () => {
  assert.deepEqual(resolve().origins, [
    "https://192.168.1.20:3443",
    "https://172.17.0.1:3443",
    "https://169.254.7.7:3443",
  ]);
});

Deno.test("resolveAddresses() puts virtual, VPN and public addresses last, however the system lists them", () => {
  const others: readonly NetworkInterface[] = [
    { name: "VirtualBox Host-Only Network", family: "IPv4", address: "192.168.56.1" },
    { name: "Ethernet 3", family: "IPv4", address: "192.168.99.1", mac: "0a:00:27:00:00:05" },
    { name: "VMware Network Adapter VMnet8", family: "IPv4", address: "192.168.80.1" },
    { name: "vEthernet (WSL)", family: "IPv4", address: "172.28.0.1", mac: "00:15:5d:01:02:03" },
    { name: "bridge100", family: "IPv4", address: "192.168.64.1" },
    { name: "lxdbr0", family: "IPv4", address: "10.88.0.1" },
    { name: "tailscale0", family: "IPv4", address: "100.101.102.103" },
    { name: "wg0", family: "IPv4", address: "10.6.0.2" },
    { name: "eth0", family: "IPv4", address: "203.0.113.7" },
  ];
  const wifi: NetworkInterface = { name: "wlp3s0", family: "IPv4", address: "192.168.1.20" };
  const config = { ...ANYWHERE, defaultDevice: null };
  const { lan } = resolveAddresses([...others, wifi], { hostname: "Laptop", config });
  assert.equal(lan.length, 10);
  assert.deepEqual(lan.slice(0, 2).map(({ host }) => host), ["192.168.1.20", "203.0.113.7"]);
  assert.equal(lan.at(-1)!.host, "100.101.102.103");
});

Deno.test("resolveAddresses() prefers the device of the default route among such as it, and no VPN that has it", () => {
  const interfaces: readonly NetworkInterface[] = [
    { name: "eth0", family: "IPv4", address: "192.168.7.2" },
    { name: "wlan0", family: "IPv4", address: "192.168.1.20" },
    { name: "wg0", family: "IPv4", address: "10.6.0.2" },
  ];
  const first = (defaultDevice: string | null) =>
    resolveAddresses(interfaces, { hostname: "Laptop", config: { ...ANYWHERE, defaultDevice } })
      .lan[0]!.name;
  assert.deepEqual([first(null), first("wlan0"), first("wg0")], ["eth0", "wlan0", "eth0"]);
});

Deno.test("resolveAddresses() names nothing of a container's own network, nor does the certificate", () => {
  const loopback = ["localhost", "127.0.0.1", "::1"];
  const alone = resolve("0.0.0.0", null, "bridge");
  assert.deepEqual(alone.origins, ["https://localhost:3443"]);
  assert.deepEqual(alone.addresses.certificateNames, loopback);
  const named = resolve("0.0.0.0", { name: "192.168.1.20", port: null }, "bridge");
  assert.deepEqual(named.origins, ["https://192.168.1.20:3443"]);
  assert.deepEqual(named.addresses.certificateNames, [...loopback, "192.168.1.20"]);
});

Deno.test("joinProblem() speaks up only where a container's network hides the server from phones", () => {
  const publicHost = { name: "192.168.1.20", port: null };
  const on = (hostname: string, network: "host" | "bridge", given: typeof publicHost | null) => {
    const config = { host: "0.0.0.0", publicHost: given, network, defaultDevice: null };
    return joinProblem(config, resolveAddresses(INTERFACES, { hostname, config }));
  };
  assert.equal(on("laptop", "host", null), null);
  assert.equal(on("laptop", "bridge", publicHost), null);
  assert.match(on("laptop", "bridge", null)!, /PEERLENS_PUBLIC_HOST/);
  assert.match(on("docker-desktop", "host", null)!, /Docker Desktop.*--profile bridge/);
  assert.equal(on("docker-desktop", "host", publicHost), null);
});

Deno.test("without any network there is no address for phones, and why is said", () => {
  const lo = INTERFACES.slice(0, 1);
  const on = (host: string, tunnelOrigin: string | null = null) => {
    const config = { ...ANYWHERE, host, defaultDevice: null };
    const addresses = resolveAddresses(lo, { hostname: "laptop", config });
    return {
      ...whereToJoin({
        ...{ config, addresses: () => addresses, ports: { https: 3443 } },
        tunnel: { origin: tunnelOrigin },
      }),
    };
  };
  assert.deepEqual(on("0.0.0.0").joinOrigins, []);
  assert.match(on("0.0.0.0").joinProblem!, /in no network.*Wi-Fi.*hotspot/);
  assert.equal(on("0.0.0.0", "https://a.tunnel.example").joinOrigins.length, 1);
  assert.equal(on("0.0.0.0", "https://a.tunnel.example").joinProblem, null);
  // Whoever asks for this computer alone gets it.
  assert.equal(on("127.0.0.1").joinOrigins.length, 1);
});

Deno.test("whenChanged() tells a change, once", () => {
  let value = 1;
  const told: number[] = [];
  const look = whenChanged(() => value, (now) => told.push(now));
  look();
  value = 2;
  look();
  look();
  assert.deepEqual(told, [2]);
});

Deno.test("resolveAddresses() knows IPv6 addresses when it listens on them", () => {
  const { addresses, origins } = resolve("::");
  assert.equal(origins.at(-1), "https://[fd00::2]:3443");
  assert.ok(addresses.hosts.has("[fd00::2]"));
  assert.ok(addresses.certificateNames.includes("fd00::2"));
  assert.ok(![...addresses.hosts].some((host) => host.includes("fe80")));
});

Deno.test("resolveAddresses() knows the host name in lower case, with and without .local", () => {
  const { hosts } = resolve().addresses;
  assert.ok(hosts.has("laptop") && hosts.has("laptop.local"));
});

Deno.test("joinOrigins() offers a public host first, with its own port", () => {
  assert.equal(
    resolve("0.0.0.0", { name: "x.example", port: null }).origins[0],
    "https://x.example:3443",
  );
  assert.equal(
    resolve("0.0.0.0", { name: "x.example", port: 443 }).origins[0],
    "https://x.example",
  );
});

Deno.test("joinOrigins() offers this computer alone when nothing else can reach it", () => {
  assert.deepEqual(resolve("127.0.0.1").origins, ["https://localhost:3443"]);
  assert.ok(!resolve("127.0.0.1").addresses.hosts.has("192.168.1.20"));
});

Deno.test("joinOrigins() puts a tunnel first, and marks it", () => {
  const config = { ...ANYWHERE, defaultDevice: null };
  const direct = { publicHost: null, httpsPort: 3443, tunnelOrigin: "https://a.tunnel.example" };
  const addresses = resolveAddresses(INTERFACES, { hostname: "Laptop", config });
  const [tunnel, lan] = joinOrigins(addresses, direct);
  assert.deepEqual([tunnel?.origin, tunnel?.isTunnel], ["https://a.tunnel.example", true]);
  assert.equal(lan?.isTunnel, undefined);
  // Where only this computer can reach the server, the tunnel is the only way in.
  const alone = resolveAddresses(INTERFACES, {
    hostname: "Laptop",
    config: { ...config, host: "127.0.0.1" },
  });
  assert.equal(joinOrigins(alone, direct).length, 1);
});
