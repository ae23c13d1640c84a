import assert from "node:assert/strict";
import { Log } from "../base/log.ts";
import { Tunnel } from "./tunnel.ts";
import { TUNNEL_TOOLS } from "./tunnel_tools.ts";

/** So many seconds pass in one: nobody waits as long as a person would. */
const HASTE = 60;

const FOREIGN = { msg: "started tunnel", url: "https://first-words.evil.example" };

/** What programs write that never name an address of their service. */
const FAULTS: readonly [what: string, script: string][] = [
  ["another domain", `echo '${JSON.stringify(FOREIGN)}'; exec sleep 600`],
  ["endless output", "exec cat /dev/zero"],
];

for (const [what, script] of FAULTS) {
  Deno.test({
    name: `Tunnel gives up a program that names no address in time, and ends it: ${what}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const dataDir = await Deno.makeTempDir();
      const lines: string[] = [];
      const write = (line: string) => void lines.push(line);
      const tunnel = new Tunnel({
        tool: { ...TUNNEL_TOOLS.ngrok, program: "/bin/sh", args: () => ["-c", script] },
        hasToken: false,
        instance: "an-instance",
        dataDir,
        secretNames: [],
        log: new Log({ level: "info", format: "json", write }),
        say: () => {},
        onChange: () => assert.fail("an address was shown"),
        check: () => Promise.reject(new Error("asked at a foreign address")),
        nowMs: () => performance.now() * HASTE,
      });
      const words = "ngrok cannot be used: it named no public address in time.";
      await assert.rejects(tunnel.start(1), { name: "TunnelError", message: words });
      const { event, pid } = JSON.parse(lines[0]!);
      assert.equal(event, "tunnel started");
      assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
      await Deno.remove(dataDir, { recursive: true });
    },
  });
}
