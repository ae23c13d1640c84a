import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeRecord, type FromServerMessage } from "@/protocol";
import { serveApp } from "../testing/helpers.ts";
import {
  joinOf,
  type LinkClient,
  newRoom,
  openSocket,
  PageClient,
} from "./testing/link_clients.ts";

Deno.test("upgradeLink() refuses text frames, and what is not one record, by name", async () => {
  await using app = serveApp();
  for (const message of ["{}", Uint8Array.of(1, 2, 3), new Uint8Array(0)]) {
    await using client = await openSocket(app.origin);
    client.socket.send(message);
    await refusedAsBadMessage(client);
  }
});

async function refusedAsBadMessage(client: LinkClient): Promise<void> {
  const answer = await client.next();
  assert.ok(answer?.type === "error" && answer.code === "bad-message" && answer.fatal);
  assert.equal(await client.next(), null);
}

Deno.test("upgradeLink() closes with a code that tells going away from a refusal", async () => {
  await using app = serveApp();
  const codes: Promise<number>[] = [];
  const connect = async () => {
    const client = await openSocket(app.origin);
    codes.push(
      new Promise((resolve) =>
        client.socket.addEventListener("close", ({ code }) => resolve(code))
      ),
    );
    return client;
  };
  await using refused = await connect();
  await refused.sendText(JSON.stringify(joinOf(newRoom(), "phone")));
  await using staying = await connect();
  await staying.sendText(JSON.stringify(joinOf(newRoom(), "owner")));
  await staying.next();
  app.deps.hub.close();
  assert.deepEqual(await Promise.all(codes), [1008, 1001]);
});

Deno.test("upgradeLink() stops answering an address that ignores its limit", async () => {
  await using app = serveApp({ env: { PEERLENS_MAX_SOCKETS_PER_ADDRESS: "1" } });
  const uncounts = Array.from({ length: 9 }, () => app.deps.hub.connections.count("127.0.0.1"));
  await assert.rejects(openSocket(app.origin));
  for (const uncount of uncounts) uncount();
  await using client = await openSocket(app.origin);
  await client.sendText(JSON.stringify(joinOf(newRoom(), "owner")));
  assert.equal((await client.next())?.type, "joined");
});

/** A string that begins like something of ours and then goes astray. */
const nearMiss = fc.tuple(
  fc.constantFrom("join", "offer", "answer", "ice-candidate", "ping", "code-request", "leave", "x"),
  fc.dictionary(
    fc.constantFrom("version", "roomId", "role", "token", "identity", "instance", "create", "to"),
    fc.oneof(fc.jsonValue(), fc.constantFrom("A".repeat(22), "owner", 1)),
  ),
).map(([type, fields]) => JSON.stringify({ type, ...fields }));

const text = fc.oneof(
  nearMiss,
  fc.json(),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("", "null", "[]", '{"type":"__proto__"}', "[".repeat(30_000), "x".repeat(70_000)),
);

const frame = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(2), text).map(([topic, data]) => encodeRecord(topic, data)),
  },
  text,
  fc.uint8Array({ maxLength: 300 }),
);

Deno.test("upgradeLink() survives any frames, and another room notices nothing", async () => {
  await using app = serveApp({ env: { PEERLENS_JOINS_PER_SECOND: "100000" } });
  const room = newRoom();
  await using owner = await openSocket(app.origin);
  await owner.sendText(JSON.stringify(joinOf(room, "owner")));
  await owner.next();

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("nobody", "control", "bulk"),
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      attack,
    ),
    { numRuns: 150 },
  );
  async function attack(as: "nobody" | "control" | "bulk", frames: (string | Uint8Array)[]) {
    await using client = await openSocket(app.origin);
    await using page = as === "bulk"
      ? await PageClient.join(app.origin, joinOf(newRoom(), "owner"))
      : null;
    const first = page === null
      ? joinOf(newRoom(), "owner")
      : { type: "open", ticket: await page.ticket() };
    if (as !== "nobody") await client.sendText(JSON.stringify(first));
    for (const each of frames) {
      if (client.socket.readyState !== WebSocket.OPEN) break;
      client.socket.send(each as string);
    }
    client.socket.close();
    const answers: FromServerMessage[] = [];
    for (let next = await client.next(); next !== null; next = await client.next()) {
      answers.push(next);
    }
    const types = new Set(["joined", "opened", "error", "pong", "code", "ticket"]);
    assert.ok(answers.every(({ type }) => types.has(type)));
  }

  // The very next thing that the owner hears is the answer to its own ping.
  await owner.sendText('{"type":"ping","nonce":1}');
  assert.deepEqual(await owner.next(), { type: "pong", nonce: 1 });
});
