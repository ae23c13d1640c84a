import assert from "node:assert/strict";
import { Port } from "./port.ts";

/** What `accept` says where no descriptor is left, as long as it is broken; nor can it be opened then. */
class Broken {
  is = false;
  /** Times that the port was to be opened, and was. */
  tried = 0;
  opened = 0;

  readonly listen = (options: { hostname: string; port: number }): Deno.TcpListener => {
    this.tried += 1;
    if (this.is) throw new Deno.errors.AddrInUse("taken");
    this.opened += 1;
    const listener = Deno.listen(options);
    const accept = listener.accept.bind(listener);
    listener.accept = async () => {
      const conn = await accept();
      if (!this.is) return conn;
      conn.close();
      throw new Error("Too many open files (os error 24)");
    };
    return listener;
  };
}

function openPort() {
  const broken = new Broken();
  const lost: unknown[] = [];
  let taken = 0;
  const port = new Port({
    hostname: "127.0.0.1",
    port: 0,
    listen: broken.listen,
    retryMs: 1,
    onConnection: (conn) => {
      taken += 1;
      conn.close();
    },
    onLost: (error) => lost.push(error),
  });
  const knock = () =>
    Deno.connect({ hostname: "127.0.0.1", port: port.number }).then(
      (conn) => conn.close(),
      () => {},
    );
  /** Somebody comes again and again, until it is so. */
  const until = async (holds: () => boolean) => {
    for (let tries = 0; !holds(); tries++) {
      assert.ok(tries < 5_000);
      await knock();
    }
  };
  return { broken, lost, port, until, taken: () => taken };
}

Deno.test("Port that takes no connections says so, and opens itself again", async () => {
  const { broken, lost, port, until, taken } = openPort();
  const { number } = port;
  await until(() => taken() === 1);
  broken.is = true;
  await until(() => !port.isAccepting);
  await until(() => broken.tried > 1);
  broken.is = false;
  await until(() => taken() > 1);
  assert.deepEqual([port.isAccepting, port.number, broken.opened, lost], [true, number, 2, []]);
  port.close();
  assert.equal(port.isAccepting, false);
});

Deno.test("Port that cannot be opened again is given up once, and says why", async () => {
  const { broken, lost, port, until } = openPort();
  broken.is = true;
  await until(() => lost.length > 0);
  assert.equal(port.isAccepting, false);
  port.close();
  assert.equal(lost.length, 1);
});
