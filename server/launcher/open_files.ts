/** As large as `PEERLENS_OPEN_FILES` may be. */
const MOST = 100_000_000;

/**
 * How many files the server may have open, for its environment: it may not ask. Linux says so in a file that
 * Deno shows only to who may do everything, so a shell is asked, which has the same bound. Deno has raised it
 * as far as it may by now, here and there.
 */
export async function openFilesEnv(
  given: (name: string) => string | undefined,
): Promise<Record<string, string>> {
  if (Deno.build.os === "windows" || (given("PEERLENS_OPEN_FILES") ?? "") !== "") return {};
  try {
    const shell = new Deno.Command("sh", { args: ["-c", "ulimit -n"], stderr: "null" });
    const text = new TextDecoder().decode((await shell.output()).stdout).trim();
    const count = text === "unlimited" ? MOST : Math.min(Number(text), MOST);
    return count > 0 ? { PEERLENS_OPEN_FILES: String(count) } : {};
  } catch {
    return {};
  }
}
