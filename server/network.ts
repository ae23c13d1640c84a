import { type NetworkInterface, resolveAddresses, type ServerAddresses } from "./addresses.ts";
import type { ServerConfig } from "./config.ts";
import type { Log } from "./log.ts";

/** Asking the system costs under a millisecond, but not for every request. */
const MAX_AGE_MS = 5_000;

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
    current = read();
    for (const { host } of current.lan.filter(({ host }) => !known.has(host))) {
      known.add(host);
      log.warn("address is new: restart to have the certificate name it", { host });
    }
    return current;
  };
}
