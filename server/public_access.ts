import { randomSecret } from "@/protocol";
import { SECRET_ENV_NAMES, type ServerConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { PasswordGate } from "./password/gate.ts";
import { drawPassword } from "./password/password.ts";
import { Tunnel } from "./tunnel/tunnel.ts";
import { TUNNEL_TOOLS } from "./tunnel/tunnel_tools.ts";

/** How this server is reached from outside, and by whom. */
export interface PublicAccess {
  /** Names this process in its health document, by which the tunnel's address is checked. */
  readonly instance: string;
  /** `null`: there is none. Not started yet. */
  readonly tunnel: Tunnel | null;
  /** `null`: no password is asked. */
  readonly gate: PasswordGate | null;
  /** The password itself, for the terminal. Secret. */
  readonly password: string | null;
}

/** Makes what the configuration asks for. */
export function makePublicAccess({ config, log, say, onAddress }: {
  readonly config: ServerConfig;
  readonly log: Log;
  readonly say: (line: string) => void;
  /** See `TunnelOptions.onChange`. */
  readonly onAddress: (origin: string | null) => void;
}): PublicAccess {
  const instance = randomSecret();
  const password = config.password?.kind === "given"
    ? config.password.text
    : config.password && drawPassword();
  const tunnel = config.tunnel === null ? null : new Tunnel({
    tool: TUNNEL_TOOLS[config.tunnel.name],
    hasToken: config.tunnel.hasToken,
    instance,
    dataDir: config.dataDir,
    secretNames: SECRET_ENV_NAMES,
    log,
    say,
    onChange: onAddress,
  });
  return {
    instance,
    tunnel,
    gate: password === null ? null : new PasswordGate(password),
    password,
  };
}
