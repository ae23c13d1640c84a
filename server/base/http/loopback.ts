/** Whether a host, as a URL writes it, or an address is this machine itself. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" ||
    /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(host);
}
