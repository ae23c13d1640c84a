import { fileURLToPath } from "node:url";

/** Folder of the agent, which has packages of its own. */
export const AGENT_FOLDER = fileURLToPath(new URL("./ngrok_agent", import.meta.url));

/** Asked for by the package, to tell which C library its native part is to go with. */
const LIBC_FACTS = ["cpus", "networkInterfaces", "hostname"];

/** How ngrok's library is run where its program is not installed: by Deno, in a process of its own. */
export function agentCommand(port: number): { path: string; args: string[] } {
  const folder = AGENT_FOLDER.replaceAll(",", ",,");
  return {
    path: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--config=${AGENT_FOLDER}/deno.json`,
      "--frozen",
      "--cached-only",
      `--allow-read=${folder},/usr/bin/ldd`,
      `--allow-ffi=${folder}`,
      "--allow-env=NGROK_AUTHTOKEN",
      `--allow-sys=${LIBC_FACTS.join(",")}`,
      `${AGENT_FOLDER}/main.ts`,
      String(port),
    ],
  };
}

/** How the packages of the agent are installed: once, and only for those who use it. */
export function agentInstall(): string[] {
  return ["install", "--quiet", "--frozen", `--config=${AGENT_FOLDER}/deno.json`];
}
