/** A TCP port of this computer that was free a moment ago, which is as much as can be known. */
export function freePort(hostname = "127.0.0.1"): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}
