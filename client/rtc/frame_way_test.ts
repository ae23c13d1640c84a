import assert from "node:assert/strict";
import { INFERENCE_CHANNELS, MAX_RESULT_CHARS } from "@/protocol";
import { MAX_MESSAGE_BYTES } from "./frame_way.ts";
import { dataChannelPeer, type FakePeer, linkPeer } from "./testing/fake_frame_peers.ts";

/** One suite for both ways: whoever sends frames need not know which it is. */
const PEERS = { datachannel: dataChannelPeer, link: linkPeer } as const;

function setup(kind: keyof typeof PEERS): { peer: FakePeer; heard: string[] } {
  const heard: string[] = [];
  const peer = PEERS[kind]({
    onOpen: () => heard.push("open"),
    onText: (text) => heard.push(text.slice(0, 20)),
    onClose: () => heard.push("close"),
  });
  return { peer, heard };
}

for (const kind of ["datachannel", "link"] as const) {
  Deno.test(`${kind}: opens once, and sends nothing before`, async () => {
    const { peer, heard } = setup(kind);
    assert.deepEqual([peer.way.isOpen, peer.way.send("early")], [false, false]);
    assert.equal(peer.way.send(new Uint8Array(3)), false);
    await peer.accept();
    assert.deepEqual(heard.filter((event) => event === "open"), ["open"]);
    assert.deepEqual(peer.sent, []);
    assert.equal(peer.way.isOpen, true);
    assert.equal(peer.way.transport, kind === "link" ? "websocket" : kind);
  });

  Deno.test(`${kind}: carries bytes and texts out, and texts in`, async () => {
    const { peer, heard } = setup(kind);
    await peer.accept();
    heard.length = 0;
    const bytes = new Uint8Array([1, 2, 3]);
    assert.equal(peer.way.send(bytes), true);
    assert.equal(peer.way.send("ping"), true);
    assert.deepEqual(peer.sent, [bytes, "ping"]);
    peer.deliver("result");
    peer.deliver(new ArrayBuffer(4));
    peer.deliver("x".repeat(MAX_RESULT_CHARS + 1));
    assert.deepEqual(heard, ["result"], "bytes and endless texts are not results");
  });

  Deno.test(`${kind}: says how much waits, and how large a message may be`, async () => {
    const { peer } = setup(kind);
    await peer.accept();
    assert.equal(peer.way.bufferedBytes, 0);
    peer.block(5000);
    assert.equal(peer.way.bufferedBytes, 5000);
    assert.equal(peer.way.maxMessageBytes, MAX_MESSAGE_BYTES);
  });

  for (const end of ["fail", "giveUp"] as const) {
    Deno.test(`${kind}: says once that it is not open any more (${end})`, async () => {
      const { peer, heard } = setup(kind);
      await peer.accept();
      heard.length = 0;
      if (end === "fail") peer.fail();
      else peer.way.giveUp();
      assert.deepEqual([heard, peer.way.isOpen], [["close"], false]);
      assert.equal(peer.way.send("late"), false);
    });
  }

  Deno.test(`${kind}: is silent after close()`, async () => {
    const { peer, heard } = setup(kind);
    await peer.accept();
    heard.length = 0;
    peer.way.close();
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

Deno.test("datachannel: lets everything go when it fails, and says nothing more", async () => {
  const heard: string[] = [];
  const note = (what: string) => () => heard.push(what);
  const peer = dataChannelPeer({ onOpen() {}, onText: note("text"), onClose: note("close") });
  await peer.accept();
  peer.fail();
  peer.fail();
  peer.deliver("late");
  assert.deepEqual([heard, peer.isReleased()], [["close"], true]);
});

Deno.test("link: is open again when an answer comes over another link", async () => {
  const heard: string[] = [];
  const note = (what: string) => () => heard.push(what);
  const peer = linkPeer({ onOpen: note("open"), onText() {}, onClose: note("close") });
  assert.deepEqual(peer.numbers, [4]);
  // One that fails before it was open is opened again by itself.
  peer.fail();
  assert.deepEqual(heard, []);
  await peer.accept();
  peer.fail();
  await peer.accept();
  assert.deepEqual(heard, ["open", "close", "open"]);
  // Given up, it is asked once more.
  peer.way.giveUp();
  assert.deepEqual(peer.sent, ['{"type":"clock-ping","nonce":0}']);
  peer.deliver("answer");
  assert.deepEqual(heard.slice(3), ["close", "open"]);
});
