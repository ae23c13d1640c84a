/**
 * For programs of ours that export nothing. Deno heeds `OTEL_DENO_CONSOLE=replace` even so, and then
 * prints no error at all: it must not be inherited.
 */
export const NO_TELEMETRY: Readonly<Record<string, string>> = {
  OTEL_DENO: "false",
  OTEL_DENO_CONSOLE: "ignore",
};

/**
 * What the launcher changes for the server: with `OTEL_DENO=true` it exports under its own name, and its
 * log stays on standard error.
 *
 * @param given A variable of the launcher.
 */
export function serverTelemetry(
  given: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  if (given("OTEL_DENO")?.toLowerCase() !== "true") return NO_TELEMETRY;
  const own = { OTEL_SERVICE_NAME: "peerlens", OTEL_DENO_CONSOLE: "replace" };
  return Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, given(name) || value]),
  );
}
