import { createRequire } from "node:module";

/**
 * ENTRY of the process that runs ngrok's library. Writes the lines that ngrok's program would write,
 * and ends when its standard input closes, so never later than the server.
 *
 * @module
 */

/** What is used of `@ngrok/ngrok`, whose types are not installed for everybody. */
interface NgrokLibrary {
  forward(options: {
    addr: string;
    authtoken_from_env: boolean;
    on_status_change(status: string, error: string): void;
  }): Promise<{ url(): string | null }>;
}

function write(fields: Readonly<Record<string, unknown>>): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(fields)}\n`));
}

async function main(port: string): Promise<void> {
  const library: NgrokLibrary = createRequire(import.meta.url)("@ngrok/ngrok");
  const listener = await library.forward({
    addr: `127.0.0.1:${port}`,
    "authtoken_from_env": true,
    "on_status_change": (status, error) => write({ lvl: "info", msg: status, err: error }),
  });
  write({ lvl: "info", msg: "started tunnel", url: listener.url() });
}

try {
  await main(Deno.args[0]!);
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
} catch (error) {
  write({ lvl: "eror", msg: "session closing", err: String(error) });
  Deno.exit(1);
}
