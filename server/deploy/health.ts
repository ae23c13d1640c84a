/**
 * ENTRY of the image's health check: asks the server in the same container. Status 0 when it answers
 * as ours, else 1 with a sentence.
 *
 * @module
 */

/** Sooner than the check's own end, so that there is a sentence. */
const TIMEOUT_MS = 4_000;

const host = Deno.env.get("PEERLENS_HOST") || "0.0.0.0";
const port = Deno.env.get("PEERLENS_PORT") || "3000";
const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/healthz`;

try {
  const response = await fetch(url, {
    // Plain HTTP is for localhost: whoever names another address is sent to HTTPS.
    headers: { Host: `localhost:${port}` },
    client: Deno.createHttpClient({ allowHost: true }),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { app, status } = await response.json();
  if (app !== "peerlens" || status !== "ok") throw new Error(`another server answers`);
} catch (error) {
  const text = `${url}: ${error instanceof Error ? error.message : error}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  Deno.exit(1);
}
