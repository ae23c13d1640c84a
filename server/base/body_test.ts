import assert from "node:assert/strict";
import { readBody } from "./body.ts";
import { meterBody } from "./http/body_shares.ts";
import { Places, Share } from "./http/places.ts";

Deno.test("readBody() keeps no more than all bodies together may have, and gives it back", async () => {
  const places = new Places({ total: 1_000, perAddress: 1_000, localOnly: 0 });
  const read = (bytes: number) => {
    const request = new Request("http://x/", { method: "POST", body: new Uint8Array(bytes) });
    meterBody(request, new Share(places, "a"));
    return readBody(request, 10_000);
  };
  assert.equal(await read(2_000), "no-room");
  assert.equal(places.total, 0);
  assert.equal((await read(900) as Uint8Array).length, 900);
  assert.equal(places.total, 0);
});
