import assert from "node:assert/strict";
import { newRoom } from "../signaling/carrier_clients.ts";
import { serveApp } from "../test_helpers.ts";
import { RelayStreams } from "./relay_stream.ts";
import { RelayPageClient } from "./testing/relay_clients.ts";

Deno.test("RelayStreams drops what waits for a page that is silent and does not read", async () => {
  let nowMs = 0;
  await using app = serveApp({ now: () => nowMs });
  const { hub, relay } = app.deps;
  const room = newRoom();
  await using owner = await RelayPageClient.join(app.origin, "owner", room);
  await using phone = await RelayPageClient.join(app.origin, "phone", room);
  await owner.say({ kind: "open", phone: phone.self.id, phoneInstance: phone.self.instance });
  const before = hub.counts().wires;
  const request = new Request(app.origin, { method: "POST", body: await owner.ticket() });
  const { body } = await new RelayStreams(hub, relay!).stream(request, "192.168.1.30");
  assert.equal(hub.counts().wires, before + 1);
  nowMs += 60_000;
  relay!.sweep();
  assert.equal(hub.counts().wires, before);
  await assert.rejects(body!.getReader().read(), /not read/);
});
