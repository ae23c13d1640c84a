import assert from "node:assert/strict";
import { Log } from "../base/log.ts";
import { Tunnel } from "./tunnel.ts";
import { TUNNEL_TOOLS } from "./tunnel_tools.ts";
import { tempFolder } from "../testing/temp_folder.ts";

/** So many seconds pass in one: nobody waits as long as a person would. */
const HASTE = 60;

const announced = (host: string) =>
  `echo '${JSON.stringify({ msg: "started tunnel", url: `https://${host}` })}'; exec sleep 600`;

/** What a program does that gets no tunnel, and why it cannot be used. */
const FAULTS: readonly (readonly [what: string, script: string, cause: string])[] = [
  ["another domain", announced("first-words.evil.example"), "it named no public address in time"],
  ["endless output", "exec cat /dev/zero", "it named no public address in time"],
  [
    "an address that leads elsewhere",
    announced(`first-words.${TUNNEL_TOOLS.ngrok.domains[0]}`),
    "its address leads to something else (status 200)",
  ],
];

for (const [what, script, cause] of FAULTS) {
  Deno.test({
    name: `Tunnel gives up a program that gets no tunnel in time, and ends it: ${what}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await tempFolder();
      const lines: string[] = [];
      const write = (line: string) => void lines.push(line);
      const tunnel = new Tunnel({
        tool: { ...TUNNEL_TOOLS.ngrok, program: "/bin/sh", args: () => ["-c", script] },
        hasToken: false,
        instance: "an-instance",
        dataDir: folder.path,
        secretNames: [],
        log: new Log({ level: "info", format: "json", write }),
        say: () => {},
        onChange: () => assert.fail("an address was shown"),
        check(origin) {
          assert.ok(!origin.includes("evil"), "asked at a foreign address");
          return Promise.resolve({ kind: "other", what: "status 200" });
        },
        nowMs: () => performance.now() * HASTE,
      });
      const message = `ngrok cannot be used: ${cause}.`;
      await assert.rejects(tunnel.start(1), { name: "TunnelError", message });
      const { event, pid } = JSON.parse(lines[0]!);
      assert.equal(event, "tunnel started");
      assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
    },
  });
}
