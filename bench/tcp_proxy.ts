import { connect, createServer, type Socket } from "node:net";

/** A proxy between browser and server that can be cut. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection and refuses new ones until {@linkcode mend}. */
  cut(): void;
  mend(): void;
}

/** Listens on a free port of this machine and passes everything on to another port of it. */
export async function startTcpProxy(
  targetPort: () => number,
  address = "127.0.0.1",
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket);
    // A reset is what cutting looks like from here; there is nobody to tell.
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(targetPort(), "127.0.0.1");
    keep(near, () => far);
    keep(far, () => near);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("Cannot read port");
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: bound.port,
    cut() {
      isCut = true;
      dropAll();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      dropAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
