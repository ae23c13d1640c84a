import assert from "node:assert/strict";
import { connect } from "node:net";
import { ServerProcess } from "../testing/server_process.ts";

/** The real server, whose descriptors run out in spite of all bounds. Takes some 8 s. */

/** Says what it is told to on a connection that stays; answers come as text. */
class Asker implements Disposable {
  readonly #socket;
  #text = "";

  private constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#text += new TextDecoder().decode(chunk));
    socket.on("error", () => {});
  }

  static async open(port: number): Promise<Asker> {
    const socket = connect(port, "127.0.0.1");
    const asker = new Asker(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return asker;
  }

  /** The answer of `/readyz`. */
  async readyz(): Promise<string> {
    this.#text = "";
    this.#socket.write("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!this.#text.includes('"inference":')) {
      await new Promise((resolve) => this.#socket.once("data", resolve));
    }
    return this.#text;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** Sets how many files a process may have open from now on. */
async function limitFiles(pid: number, files: number): Promise<boolean> {
  const args = ["--pid", String(pid), `--nofile=${files}:${files}`];
  const { success } = await new Deno.Command("prlimit", { args, stderr: "null" }).output();
  return success;
}

Deno.test({
  name: "a server that can take no connections says so, and ends with status 1 where that stays so",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using server = new ServerProcess(["--no-qr"]);
    const { http } = await server.listening();
    using asker = await Asker.open(http);
    assert.doesNotMatch(await asker.readyz(), /takes no connections/);
    // None more can be opened, nor accepted.
    assert.ok(await limitFiles(server.pid, 3), "prlimit of util-linux");
    const knocking = connect(http, "127.0.0.1").on("error", () => {});
    let answer = "";
    while (!/The HTTP port takes no connections\./.test(answer)) answer = await asker.readyz();
    assert.match(answer, / 503 /);
    const lost = await server.event("port lost");
    assert.deepEqual([lost.level, lost.port], ["error", "HTTP"]);
    assert.equal((await server.ended()).code, 1);
    knocking.destroy();
  },
});
