/** What a tool prints; `null` when it is not here, or fails without a word. */
export async function toolOutput(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stderr: "null",
    }).output();
    // A thread that ends meanwhile makes `grep` fail, and its answer is as good as before.
    return success || stdout.length > 0 ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}
