/** Has a process of our own compute all the time, at the priority of all others, until the end. */
export function busyCore(): AsyncDisposable {
  const child = new Deno.Command("sh", {
    args: ["-c", "while :; do :; done"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
