import assert from "node:assert/strict";
import net from "node:net";
import { loadConfig } from "../base/config.ts";
import { parseFlags } from "../base/flags.ts";
import { memoryLog } from "../testing/helpers.ts";
import { Bus } from "./bus.ts";

const INFO = {
  "server_id": "X",
  version: "2.9.10",
  proto: 1,
  host: "h",
  port: 1,
  "max_payload": 9999,
};

Deno.test("a reset that comes when the connection was given up already ends nothing", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sockets: net.Socket[] = [];
  const { createConnection } = net;
  net.createConnection = ((...args: Parameters<typeof createConnection>) => {
    const socket = createConnection(...args);
    sockets.push(socket);
    return socket;
  }) as typeof createConnection;
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.write(new TextEncoder().encode(`INFO ${JSON.stringify(INFO)}\r\n`));
      await conn.read(new Uint8Array(1));
      await conn.write(new TextEncoder().encode("-ERR 'Authorization Violation'\r\n"));
      conn.close();
    }
  })().catch(() => {});
  const url = `nats://127.0.0.1:${listener.addr.port}`;
  const { nats } = loadConfig({ env: {}, flags: parseFlags(["--nats", url]) });
  await assert.rejects(Bus.open({ config: nats!, name: "test", log: memoryLog() }), /let us in/);
  net.createConnection = createConnection;
  assert.equal(sockets.length, 1);
  // Without a listener this throws, as it does where the system tells of it: nobody could catch that.
  sockets[0]!.emit("error", new Error("read ECONNRESET"));
  listener.close();
  await serving;
});
