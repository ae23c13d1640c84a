import assert from "node:assert/strict";
import { withHome } from "./testing/home.ts";

Deno.test("every command explains itself, and what is mistyped", () =>
  withHome(async ({ tell }) => {
    for (const name of ["list", "pull", "verify", "add", "remove", "bench"]) {
      const { code, said } = await tell([name, "--help"]);
      assert.equal(code, 0);
      assert.match(said, new RegExp(`^Usage: deno task models ${name}`));
      assert.ok((await tell(["--help"])).said.includes(`  ${name} `));
    }
    for (const args of [["pul"], ["pull"], ["list", "x"], ["list", "--x"], ["list", "-x"]]) {
      const { code, noted } = await tell(args);
      assert.equal(code, 2, args.join(" "));
      assert.match(noted, /^(Unknown|Missing)/);
    }
  }));
