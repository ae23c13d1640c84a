import assert from "node:assert/strict";
import { SOURCES } from "./build_hash.ts";

Deno.test("the image's build has what the client is built from", async () => {
  const dockerfile = await Deno.readTextFile(new URL("../Dockerfile", import.meta.url));
  const [before] = dockerfile.split(/^RUN .*client\/build\.ts/m);
  const copied = [...before!.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names]) =>
    names!.split(" ")
  );
  for (const source of SOURCES) {
    assert.ok(copied.some((path) => source === path || source.startsWith(`${path}/`)), source);
  }
});
