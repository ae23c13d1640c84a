import type { ServerConfig } from "../base/config.ts";
import { findOnPath } from "../base/find_on_path.ts";
import { agentInstall } from "./ngrok_agent_command.ts";
import { missingText } from "./tool_fault.ts";
import { TUNNEL_TOOLS, type TunnelTool } from "./tunnel_tools.ts";

/** What is there of a tunnel before the server starts, or why there can be none. */
export type Prepared =
  /** `null`: no tunnel is asked for. */
  | { readonly tunnel: (TunnelTool & { readonly isInstalled: boolean }) | null }
  | { readonly problem: string };

/**
 * Looks for the program of the tunnel. Where ngrok's is not installed but a token is there, its
 * library is installed in its stead, which nobody else has to download.
 *
 * @param deno Runs Deno and answers its exit code.
 */
export async function prepareTunnel(
  { tunnel }: Pick<ServerConfig, "tunnel">,
  deno: (args: readonly string[]) => Promise<number>,
): Promise<Prepared> {
  if (tunnel === null) return { tunnel: null };
  const tool = TUNNEL_TOOLS[tunnel.name];
  if (await findOnPath(tool.program) !== null) return { tunnel: { ...tool, isInstalled: true } };
  if (tool.name !== "ngrok" || !tunnel.hasToken) return { problem: `${missingText(tool)}.` };
  if (await deno(agentInstall()) === 0) return { tunnel: { ...tool, isInstalled: false } };
  return { problem: "ngrok's library could not be installed (see above). Install ngrok itself." };
}
