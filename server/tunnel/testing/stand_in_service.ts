import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../bench/free_port.ts";
import { makeCertificate } from "../../tls/certificate.ts";
import type { TunnelName } from "../../base/config.ts";
import { TUNNEL_TOOLS } from "../tunnel_tools.ts";
import { STAND_IN_VARIABLE, type StandInOrder } from "./stand_in_order.ts";

const SCRIPT = fileURLToPath(new URL("./stand_in.ts", import.meta.url));

/** A service that the stand-ins belong to, and what makes programs believe in it. */
export interface StandInService extends AsyncDisposable {
  /** For the server: finds the stand-in as its program, and asks public names here. */
  readonly env: Readonly<Record<string, string>>;
  /** Chromium's rules that lead the public names here. */
  readonly hostRules: string;
  /** Port of 127.0.0.1 on which the public side listens, for every public name. */
  readonly edgePort: number;
  /** PEM of the certificate of all public names. */
  readonly cert: string;
}

/** How the stand-ins behave. */
export type StandInOptions =
  & { readonly tool: TunnelName }
  & Partial<Pick<StandInOrder, "mode" | "hosts" | "blocksUpgrades" | "clientAddress">>;

/** Puts an executable named as the tool's program into a folder, and answers for its service. */
export async function standInService(options: StandInOptions): Promise<StandInService> {
  const { tool, mode = "forward", blocksUpgrades = false, clientAddress = "203.0.113.9" } = options;
  const { program, domains } = TUNNEL_TOOLS[tool];
  const hosts = options.hosts ?? ["first", "second"].map((name) => `${name}-words.${domains[0]}`);
  const folder = await Deno.makeTempDir({ prefix: "peerlens-tunnel-" });
  const { cert, key } = await makeCertificate(hosts, Date.now());
  const edgePort = freePort();
  const order: StandInOrder = {
    mode,
    edgePort,
    cert,
    key,
    hosts,
    runsFile: `${folder}/runs`,
    clientAddress,
    blocksUpgrades,
  };
  await Deno.writeTextFile(`${folder}/runs`, "0");
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  // As `exec`, so that the process that is started is the one that answers.
  const command = `exec '${Deno.execPath()}' run --quiet --no-config --no-lock -A '${SCRIPT}'`;
  await Deno.writeTextFile(`${folder}/${program}`, `#!/bin/sh\n${command} ${program} "$@"\n`);
  await Deno.chmod(`${folder}/${program}`, 0o700);
  const proxy = await connectProxy(edgePort);
  return {
    edgePort,
    cert,
    hostRules: domains.map((domain) => `MAP *.${domain} 127.0.0.1:${edgePort}`).join(","),
    env: {
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      [STAND_IN_VARIABLE]: JSON.stringify(order),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      DENO_CERT: `${folder}/cert.pem`,
    },
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** An HTTP proxy that leads every `CONNECT` to one port: public names need no DNS then. */
async function connectProxy(edgePort: number) {
  const server = createServer((_request, response) => void response.writeHead(405).end());
  const sockets = new Set<{ destroy(): void }>();
  server.on("connect", (_request, near) => {
    sockets.add(near);
    const far = connect(edgePort, "127.0.0.1", () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.pipe(near);
      near.pipe(far);
    });
    const end = () => {
      sockets.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("Cannot read port");
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
