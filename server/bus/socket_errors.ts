import net from "node:net";
import tls from "node:tls";

/** A socket, as far as this goes. */
interface Listening {
  on(event: "error", listener: () => void): unknown;
  removeAllListeners(event?: string): unknown;
}

/**
 * `@nats-io/transport-node` (3.4.0) takes all listeners off a socket before it lets it go. A reset that comes
 * after that is an error of which nobody is told, and so would end this process with all its rooms. From
 * now on sockets that are opened here keep one listener that does nothing; what they have to say the
 * library has heard, or asks for by its own pings.
 */
export function outliveResets(): void {
  const { createConnection } = net;
  net.createConnection =
    ((...args: Parameters<typeof createConnection>) =>
      keepOne(createConnection(...args))) as typeof createConnection;
  const { connect } = tls;
  tls.connect =
    ((...args: Parameters<typeof connect>) => keepOne(connect(...args))) as typeof connect;
}

function keepOne<T extends Listening>(socket: T): T {
  const removeAll = socket.removeAllListeners.bind(socket);
  const ignore = () => socket.on("error", () => {});
  socket.removeAllListeners = (event?: string) => {
    if (event === undefined) removeAll();
    else removeAll(event);
    ignore();
    return socket;
  };
  return socket;
}
