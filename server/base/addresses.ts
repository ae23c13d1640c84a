import type { ClientConfig } from "@/protocol";
import type { ServerConfig } from "./config.ts";
import { isLoopback } from "./http/loopback.ts";
import type { Log } from "./log.ts";

/** What is used of `Deno.NetworkInterfaceInfo`. */
export interface NetworkInterface {
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
  /** @example "08:00:27:1a:2b:3c" */
  readonly mac?: string;
}

/** One LAN address on which a phone may reach this machine. */
export interface LanAddress {
  /** Name of the network interface. */
  readonly name: string;
  /** As a URL writes it: IPv6 in brackets. */
  readonly host: string;
}

/** How this machine is reached, in the forms that the rest of the server needs. */
export interface ServerAddresses {
  /** The likeliest first. Empty when only this machine can reach the server. */
  readonly lan: readonly LanAddress[];
  /** Host names and addresses, without ports, that a `Host` header may carry; as a URL writes them. */
  readonly hosts: ReadonlySet<string>;
  /**
   * Those of them that are this machine itself. Not the public host, which may be a router or a
   * proxy: all that these pass on comes from there, or asks for it.
   */
  readonly ownHosts: ReadonlySet<string>;
  /** What a certificate of ours names. IPv6 without brackets. */
  readonly certificateNames: readonly string[];
  /** It listens to every network, and there is none. */
  readonly isOffline: boolean;
  /** "This computer" is Docker Desktop's machine, whose addresses no phone reaches. */
  readonly isDesktopMachine: boolean;
}

/** Bridges of containers, machines and VPNs, by name: their addresses rarely lead to a phone. */
const VIRTUAL_NAME = new RegExp(
  "^(docker|br-|bridge|veth|virbr|vmnet|vbox|virtualbox|vmware|vethernet|lxc|lxd|incus|cni|flannel|podman|" +
    "tun|utun|tap|zt|tailscale|wg|wireguard|nordlynx|ppp|ipsec|awdl|llw)",
  "i",
);

/** And by the makers of their hardware addresses: VirtualBox, VMware, Hyper-V, Docker. */
const VIRTUAL_MAC = /^(0[8a]:00:27|00:50:56|00:0c:29|00:05:69|00:15:5d|02:42)/i;

/** Of homes and offices (RFC 1918, RFC 4193); others are on the Internet, or a VPN's. */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd])/i;

/** Names of that machine, which containers with the host's network have. */
const DESKTOP_MACHINE = /^(docker-desktop|linuxkit-)/;

/** Asking the system costs under a millisecond, but not for every request. */
const MAX_AGE_MS = 5_000;

/** Resolves addresses from what the system reports. Pure. */
export function resolveAddresses(
  interfaces: readonly NetworkInterface[],
  { hostname, config }: {
    hostname: string;
    config: Pick<ServerConfig, "host" | "publicHost" | "network" | "defaultDevice">;
  },
): ServerAddresses {
  // A container's own addresses lead nobody here from outside, and change with every container: in
  // a certificate they would have it made anew each time.
  const isHidden = config.network === "bridge";
  const outside = isHidden ? [] : interfaces;
  const lan = outside.filter((candidate) => isReachable(candidate, config.host))
    .sort((a, b) => rank(a, config) - rank(b, config))
    .map(({ name, family, address }) => ({
      name,
      host: family === "IPv6" ? `[${address.toLowerCase()}]` : address,
    }));
  const names = isHidden || isLoopback(config.host) ? [] : hostNames(hostname);
  const publicNames = config.publicHost === null ? [] : [config.publicHost.name];
  const hosts = ["localhost", "127.0.0.1", "[::1]", ...names, ...lan.map(({ host }) => host)];
  const all = [...new Set([...hosts, ...publicNames])];
  return {
    lan,
    hosts: new Set(all),
    ownHosts: new Set(hosts.filter((host) => isLoopback(host) || !publicNames.includes(host))),
    certificateNames: all.map((host) => host.replace(/^\[(.*)\]$/, "$1")),
    isOffline: !isHidden && lan.length === 0 && !isLoopback(config.host),
    isDesktopMachine: !isHidden && DESKTOP_MACHINE.test(hostname),
  };
}

/**
 * Origins for phones, the likeliest first; a tunnel, then a public host before everything else. Empty where
 * no phone can come.
 */
export function joinOrigins(
  addresses: ServerAddresses,
  { tunnelOrigin = null, ...direct }: Pick<ServerConfig, "publicHost"> & {
    readonly httpsPort: number;
    readonly tunnelOrigin?: string | null;
  },
): ClientConfig["joinOrigins"] {
  const origins = directOrigins(addresses, direct);
  if (tunnelOrigin === null) return origins;
  const label = `${new URL(tunnelOrigin).hostname} (tunnel)`;
  // "This computer only" is no more than a word for having nothing better.
  const others = addresses.lan.length === 0 && direct.publicHost === null ? [] : origins;
  return [{ origin: tunnelOrigin, label, isTunnel: true }, ...others];
}

function directOrigins(
  addresses: ServerAddresses,
  { publicHost, httpsPort }: Pick<ServerConfig, "publicHost"> & { readonly httpsPort: number },
): ClientConfig["joinOrigins"] {
  const toOrigin = (host: string, port: number) => new URL(`https://${host}:${port}`).origin;
  const lan = addresses.lan.map(({ name, host }) => ({
    origin: toOrigin(host, httpsPort),
    label: `${host} (${name})`,
  }));
  if (publicHost !== null) {
    const origin = toOrigin(publicHost.name, publicHost.port ?? httpsPort);
    return [{ origin, label: publicHost.name }, ...lan.filter((entry) => entry.origin !== origin)];
  }
  if (lan.length > 0 || addresses.isOffline) return lan;
  return [{ origin: toOrigin("localhost", httpsPort), label: "this computer only" }];
}

/** Why no phone may find its way here, as a sentence; `null` when nothing is known to be in its way. */
export function joinProblem(
  { network, publicHost }: Pick<ServerConfig, "network" | "publicHost">,
  { isOffline, isDesktopMachine }: Pick<ServerAddresses, "isOffline" | "isDesktopMachine">,
): string | null {
  if (publicHost !== null) return null;
  if (isOffline) {
    return "No phone can reach this computer: it is in no network. Connect it to the Wi-Fi of the phone, or to " +
      "the phone's own hotspot. The page on this computer shows the QR code once it is connected.";
  }
  if (isDesktopMachine) {
    return "Phones cannot find this server: the host network is that of Docker Desktop's machine, not this " +
      "computer's. Start it with `docker-compose --profile bridge up bridge` and PEERLENS_PUBLIC_HOST.";
  }
  if (network === "host") return null;
  return "Phones cannot find this server: it runs in a container with a network of its own. Start " +
    "it again with PEERLENS_PUBLIC_HOST set to the address of the computer that runs the container.";
}

/** What viewers are told of how phones reach this server now. */
export function whereToJoin(
  { config, addresses, ports, tunnel }: {
    readonly config: Pick<ServerConfig, "publicHost" | "network">;
    readonly addresses: () => ServerAddresses;
    readonly ports: { readonly https: number };
    readonly tunnel: { readonly origin: string | null } | null;
  },
): Pick<ClientConfig, "joinOrigins" | "joinProblem"> {
  const { publicHost } = config;
  const tunnelOrigin = tunnel?.origin ?? null;
  return {
    joinOrigins: joinOrigins(addresses(), { publicHost, httpsPort: ports.https, tunnelOrigin }),
    joinProblem: tunnelOrigin === null ? joinProblem(config, addresses()) : null,
  };
}

/** Returns a function that looks whether something has changed since, and tells. */
export function whenChanged<T>(read: () => T, onChange: (value: T) => void): () => void {
  let before = JSON.stringify(read());
  return () => {
    const value = read();
    const now = JSON.stringify(value);
    if (now === before) return;
    before = now;
    onChange(value);
  };
}

function isReachable({ family, address }: NetworkInterface, host: string): boolean {
  // A link-local IPv6 address needs a zone, which no URL can carry.
  if (isLoopback(address) || /^fe[89ab]/i.test(address)) return false;
  // An IPv4 wildcard does not listen on IPv6, whose temporary addresses would also have the
  // certificate made anew every day.
  if (host === "0.0.0.0") return family === "IPv4";
  return host === "::" || host.toLowerCase() === address.toLowerCase();
}

/**
 * IPv4 first, and what the router of a Wi-Fi gave before what no router gave; virtual ones later. Of what is
 * alike in all that, the device of the default route: a VPN may have it as well.
 */
function rank(
  { name, family, address, mac = "" }: NetworkInterface,
  { defaultDevice }: Pick<ServerConfig, "defaultDevice">,
): number {
  const isVirtual = VIRTUAL_NAME.test(name) || VIRTUAL_MAC.test(mac);
  return (family === "IPv6" ? 16 : 0) + (address.startsWith("169.254.") ? 8 : 0) +
    (isVirtual ? 4 : 0) + (PRIVATE.test(address) ? 0 : 2) + (name === defaultDevice ? 0 : 1);
}

function hostNames(hostname: string): string[] {
  const name = hostname.toLowerCase();
  // A name that no URL can carry cannot be in a Host header either.
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return [];
  return name.endsWith(".local") || name.includes(".") ? [name] : [name, `${name}.local`];
}

/**
 * Returns a function that answers with this machine's present addresses. When one appears that was
 * not there at the start, it is logged once: the certificate does not name it before a restart.
 */
export function watchAddresses(config: ServerConfig, log: Log): () => ServerAddresses {
  const hostname = Deno.hostname();
  const read = () =>
    resolveAddresses(Deno.networkInterfaces() as NetworkInterface[], { hostname, config });
  let current = read();
  let readMs = performance.now();
  const known = new Set(current.hosts);
  return () => {
    if (performance.now() - readMs < MAX_AGE_MS) return current;
    readMs = performance.now();
    try {
      current = read();
    } catch {
      // The system has no descriptor to ask with at the moment: what was true stays so till it has.
      return current;
    }
    for (const { host } of current.lan.filter(({ host }) => !known.has(host))) {
      known.add(host);
      log.warn("address is new: the certificate names it once no page is open", { host });
    }
    return current;
  };
}
