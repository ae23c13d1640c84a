/**
 * A test that drives browsers. Playwright keeps sockets and timers of its own until the process
 * ends, so the leak checks are off; that browsers and server end is the rig's business.
 */
export function browserTest(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
  options: { readonly ignore?: boolean } = {},
): void {
  Deno.test({ name, fn, ...options, sanitizeOps: false, sanitizeResources: false });
}
