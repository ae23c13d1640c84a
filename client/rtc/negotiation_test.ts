import assert from "node:assert/strict";
import fc from "fast-check";
import { settle } from "../base/testing/fake_timers.ts";
import { CAPTURE_TIME_URI } from "./capture_extension.ts";
import { Negotiation } from "./negotiation.ts";
import { FakeConnection, FakePath } from "./testing/fake_connection.ts";

function setup({ editsExtensions = false } = {}) {
  const path = new FakePath();
  const lines: string[] = [];
  const ends = [true, false].map((polite) => ({ polite, connection: new FakeConnection() }));
  const [a, b] = ends.map(({ polite, connection }, index): Negotiation =>
    new Negotiation({
      connection: connection as never,
      polite,
      editsExtensions,
      log: (line) => lines.push(line),
      send: (message) => path.carry(message, (message) => [b, a][index]!.receive(message)),
    })
  ) as [Negotiation, Negotiation];
  const [polite, impolite] = ends.map(({ connection }) => connection);
  return { path, lines, a, b, polite: polite!, impolite: impolite! };
}

/** Both ends describe the same exchange. */
function agree(polite: FakeConnection, impolite: FakeConnection): void {
  assert.equal(polite.signalingState, "stable");
  assert.equal(impolite.signalingState, "stable");
  const strip = (sdp?: string) => sdp?.replace(/a=extmap.*orientation\r\n/, "");
  assert.equal(strip(polite.remoteDescription?.sdp), strip(impolite.localDescription?.sdp));
  assert.equal(strip(impolite.remoteDescription?.sdp), strip(polite.localDescription?.sdp));
}

Deno.test("Negotiation reaches agreement when either side offers", async () => {
  for (const side of ["polite", "impolite"] as const) {
    const ends = setup();
    ends[side].negotiate();
    await settle();
    agree(ends.polite, ends.impolite);
    assert.equal(ends[side].localDescription?.type, "offer");
  }
});

Deno.test("Negotiation resolves a collision for the impolite side", async () => {
  const { polite, impolite, lines } = setup();
  polite.negotiate();
  impolite.negotiate();
  await settle();
  agree(polite, impolite);
  assert.equal(impolite.localDescription?.type, "offer");
  assert.deepEqual(lines, []);
});

Deno.test("Negotiation agrees in the end whatever the timing of both sides' offers", async () => {
  const move = fc.record({ side: fc.boolean(), turns: fc.nat(6) });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 12 }), fc.boolean(), async (
      moves,
      editsExtensions,
    ) => {
      const { polite, impolite } = setup({ editsExtensions });
      for (const { side, turns } of moves) {
        const connection = side ? polite : impolite;
        // A browser fires the event in the stable state only.
        if (connection.signalingState === "stable") connection.negotiate();
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      }
      await settle();
      await settle();
      agree(polite, impolite);
    }),
  );
});

Deno.test("Negotiation neither sends nor accepts video-orientation", async () => {
  const { polite, impolite, path } = setup();
  impolite.negotiate();
  await settle();
  assert(impolite.localDescription!.sdp.includes("video-orientation"));
  for (const message of path.sent) {
    assert(!("sdp" in message) || !message.sdp.includes("video-orientation"));
  }
  assert(!polite.remoteDescription!.sdp.includes("video-orientation"));
});

Deno.test("Negotiation.resume() repeats an offer that got lost", async () => {
  const { polite, impolite, path, b } = setup();
  path.isCut = true;
  impolite.negotiate();
  await settle();
  assert.equal(impolite.signalingState, "have-local-offer");
  path.isCut = false;
  b.resume();
  await settle();
  agree(polite, impolite);
  const count = path.sent.length;
  b.resume();
  assert.equal(path.sent.length, count);
});

Deno.test("Negotiation passes candidates on and forgives those that cannot fit", async () => {
  const { polite, impolite, lines, a } = setup();
  await a.receive({ type: "ice-candidate", candidate: null });
  assert.deepEqual(lines, []);
  await a.receive({ type: "ice-candidate", candidate: { candidate: "early" } });
  assert.equal(lines.length, 1);
  impolite.negotiate();
  await settle();
  const candidate = { candidate: "c", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "u" };
  impolite.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate }));
  await settle();
  assert.deepEqual(polite.candidates, [candidate]);
});

Deno.test("Negotiation names the extension for capture times where it has to write it in itself", async () => {
  const { polite, impolite } = setup({ editsExtensions: true });
  impolite.negotiate();
  await settle();
  agree(polite, impolite);
  for (const { localDescription } of [polite, impolite]) {
    assert(localDescription!.sdp.includes(CAPTURE_TIME_URI));
  }
});

Deno.test("Negotiation connects without the extension when the browser refuses it", async () => {
  const { polite, impolite, lines } = setup({ editsExtensions: true });
  for (const connection of [polite, impolite]) {
    const plain = connection.setLocalDescription.bind(connection);
    connection.setLocalDescription = (given) =>
      given === undefined ? plain() : Promise.reject(new DOMException("no", "InvalidModification"));
  }
  impolite.negotiate();
  await settle();
  await settle();
  agree(polite, impolite);
  assert(!impolite.localDescription!.sdp.includes(CAPTURE_TIME_URI));
  assert.equal(lines.length, 2);
});
