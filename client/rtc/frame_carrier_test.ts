import assert from "node:assert/strict";
import { INFERENCE_CHANNELS, MAX_RESULT_CHARS } from "@/protocol";
import { MAX_MESSAGE_BYTES } from "./frame_carrier.ts";
import { dataChannelPeer, type FakePeer, socketPeer } from "./testing/fake_frame_peers.ts";

/** One suite for both carriers: whoever sends frames need not know which it is. */
const PEERS = { datachannel: dataChannelPeer, websocket: socketPeer } as const;

function setup(kind: keyof typeof PEERS): { peer: FakePeer; heard: string[] } {
  const heard: string[] = [];
  const peer = PEERS[kind]({
    onOpen: () => heard.push("open"),
    onText: (text) => heard.push(text.slice(0, 20)),
    onClose: () => heard.push("close"),
  });
  return { peer, heard };
}

for (const kind of ["datachannel", "websocket"] as const) {
  Deno.test(`${kind}: opens once, and sends nothing before`, async () => {
    const { peer, heard } = setup(kind);
    assert.equal(peer.carrier.kind, kind);
    assert.equal(peer.carrier.send("early"), false);
    assert.equal(peer.carrier.send(new Uint8Array(3)), false);
    await peer.accept();
    assert.deepEqual(heard.filter((event) => event === "open"), ["open"]);
    assert.deepEqual(peer.sent, []);
  });

  Deno.test(`${kind}: carries bytes and texts out, and texts in`, async () => {
    const { peer, heard } = setup(kind);
    await peer.accept();
    heard.length = 0;
    const bytes = new Uint8Array([1, 2, 3]);
    assert.equal(peer.carrier.send(bytes), true);
    assert.equal(peer.carrier.send("ping"), true);
    assert.deepEqual(peer.sent, [bytes, "ping"]);
    peer.deliver("result");
    peer.deliver(new ArrayBuffer(4));
    peer.deliver("x".repeat(MAX_RESULT_CHARS + 1));
    assert.deepEqual(heard, ["result"], "bytes and endless texts are not results");
  });

  Deno.test(`${kind}: says how much waits, and how large a message may be`, async () => {
    const { peer } = setup(kind);
    await peer.accept();
    assert.equal(peer.carrier.bufferedBytes, 0);
    peer.block(5000);
    assert.equal(peer.carrier.bufferedBytes, 5000);
    assert.equal(peer.carrier.maxMessageBytes, MAX_MESSAGE_BYTES);
  });

  Deno.test(`${kind}: says once that it is over, and lets go`, async () => {
    const { peer, heard } = setup(kind);
    await peer.accept();
    heard.length = 0;
    peer.fail();
    peer.fail();
    peer.deliver("late");
    assert.deepEqual(heard, ["close"]);
    assert.equal(peer.isReleased(), true);
    assert.equal(peer.carrier.send("late"), false);
  });

  Deno.test(`${kind}: is silent after close()`, async () => {
    const { peer, heard } = setup(kind);
    await peer.accept();
    heard.length = 0;
    peer.carrier.close();
    peer.fail();
    peer.deliver("late");
    assert.deepEqual(heard, []);
    assert.equal(peer.isReleased(), true);
  });
}

Deno.test("datachannel: offers two negotiated channels that give old packets up", async () => {
  const peer = dataChannelPeer({ onOpen() {}, onText() {}, onClose() {} });
  await peer.accept();
  const { frames, results, maxPacketLifeTimeMs: maxPacketLifeTime } = INFERENCE_CHANNELS;
  const rest = { negotiated: true, ordered: false, maxPacketLifeTime };
  assert.deepEqual(peer.channels.map(({ options }) => options), [
    { ...rest, id: frames.id },
    { ...rest, id: results.id },
  ]);
  assert.equal(peer.said.filter(({ kind }) => kind === "offer").length, 1);
});

Deno.test("websocket: asks for a ticket, shows it first, and uses one only", async () => {
  const peer = socketPeer({ onOpen() {}, onText() {}, onClose() {} });
  assert.deepEqual(peer.said, [{ kind: "ticket" }]);
  assert.deepEqual(peer.urls, []);
  await peer.accept();
  peer.carrier.receive({ kind: "ticket", ticket: "another" as never });
  assert.deepEqual(peer.urls, ["wss://example.test/api/frames"]);
  assert.equal(peer.ticket(), "t");
});
