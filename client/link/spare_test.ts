import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { FromClientMessage, FromServerMessage } from "@/protocol";
import { Link } from "./link.ts";
import type { LinkOptions, LinkParts } from "./link_options.ts";
import { CLOSE_INTERVAL_MS, SILENT_MS } from "./heartbeat.ts";
import { type FakeTransport, JOINED, linkParts } from "./testing/fake_transport.ts";

const REPLACED: FromServerMessage = { type: "error", code: "replaced", message: "", fatal: true };
const UNKNOWN: FromServerMessage = { ...REPLACED, code: "unknown-room" };

function openLink(options: LinkParts & Pick<LinkOptions, "onState">): Link {
  const link = new Link({
    ...options,
    name: "control",
    pongTimeoutMs: 4_000,
    hasSpare: true,
    hello: (say) => say({ type: "join" } as FromClientMessage),
    isFinal: (code) => code === "replaced",
    onMessage: () => {},
  });
  link.watchClosely(true);
  return link;
}

/** A link that is watched closely and has just fallen silent. */
async function setup({ hasSpoken = false } = {}) {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  const states: string[] = [];
  const link: Link = openLink({
    ...linkParts(transports, timers),
    onState: ({ kind }) => {
      states.push(kind === "joined" && link.wasSilent ? "joined after silence" : kind);
    },
  });
  transports[0]!.hear(JOINED);
  await timers.advance(CLOSE_INTERVAL_MS + SILENT_MS);
  const [old, spare] = transports;
  spare!.hasSpoken = hasSpoken;
  return { timers, transports, states: states.splice(0) && states, link, old: old!, spare: spare! };
}

const pong = (nonce = 0): FromServerMessage => ({ type: "pong", nonce });

Deno.test("a spare that is let in takes the place of the silent link, which lost nothing until then", async () => {
  const { link, old, spare, states, timers, transports } = await setup({ hasSpoken: true });
  assert.ok(link.send({ type: "code-request" }));
  assert.deepEqual([states, old.isClosed, old.sent.at(-1)], [[], false, { type: "code-request" }]);
  spare.hear(JOINED);
  assert.deepEqual(states, ["connecting", "joined after silence"]);
  assert.deepEqual([old.isClosed, spare.isClosed], [true, false]);
  assert.equal(link.wasSilent, false);
  link.send({ type: "code-request" });
  assert.deepEqual(spare.sent, [{ type: "code-request" }]);
  // It is watched as closely.
  await timers.advance(CLOSE_INTERVAL_MS + SILENT_MS);
  assert.equal(transports.length, 3);
});

Deno.test("a spare goes unheard of where the silent link speaks first", async () => {
  const { link, old, spare, states, timers, transports } = await setup();
  old.hear(pong());
  assert.deepEqual([spare.isClosed, old.isClosed, states], [true, false, []]);
  // What its transport still does is nobody's.
  spare.hear(JOINED);
  spare.events.onClose();
  for (let nonce = 1; nonce < 9; nonce++) {
    await timers.advance(CLOSE_INTERVAL_MS);
    old.hear(pong(nonce));
  }
  assert.deepEqual([link.state.kind, states, transports.length], ["joined", [], 2]);
  link.close();
  assert.equal(timers.pending, 0);
});

Deno.test("a spare that has spoken may be let in though the link speaks again, and ends it", async () => {
  for (const order of ["replaced first", "joined first"] as const) {
    const { link, old, spare, states } = await setup({ hasSpoken: true });
    old.hear(pong());
    assert.equal(spare.isClosed, false);
    if (order === "replaced first") old.hear(REPLACED);
    spare.hear(JOINED);
    assert.deepEqual([link.state.kind, states.at(-1)?.slice(0, 6)], ["joined", "joined"], order);
    assert.deepEqual([old.isClosed, spare.isClosed], [true, false]);
  }
});

Deno.test("a link that its own lost spare replaced comes back; one that another page replaced does not", async () => {
  for (const [afterMs, kind] of [[1_000, "waiting"], [60_000, "refused"]] as const) {
    const { link, old, spare, timers } = await setup({ hasSpoken: true });
    old.hear(pong());
    spare.events.onClose();
    for (let nonce = 1; nonce * CLOSE_INTERVAL_MS <= afterMs; nonce++) {
      await timers.advance(CLOSE_INTERVAL_MS);
      old.hear(pong(nonce));
    }
    old.hear(REPLACED);
    assert.equal(link.state.kind, kind);
  }
});

Deno.test("a spare that is refused is tried again while the link is silent, and no longer", async () => {
  const { old, spare, timers, transports, states } = await setup({ hasSpoken: true });
  spare.hear(UNKNOWN);
  await timers.advance(250);
  assert.equal(transports.length, 3);
  transports[2]!.hear(UNKNOWN);
  old.hear(pong());
  await timers.advance(CLOSE_INTERVAL_MS - 1);
  assert.deepEqual([transports.length, states], [3, []]);
});

Deno.test("a spare is the next attempt of a link that is lost meanwhile", async () => {
  const { link, old, spare, timers, transports } = await setup();
  old.events.onClose();
  assert.equal(link.state.kind, "connecting");
  await timers.advance(1_000);
  assert.equal(transports.length, 2);
  spare.hear(JOINED);
  assert.equal(link.state.kind, "joined");
});

/** A server that keeps a page's newest link, over paths on which each record takes its time, in order. */
class SlowServer {
  readonly #timers: FakeTimers;
  readonly #nextDelayMs: () => number;
  member: FakeTransport | null = null;

  constructor(timers: FakeTimers, nextDelayMs: () => number) {
    this.#timers = timers;
    this.#nextDelayMs = nextDelayMs;
  }

  accept(transport: FakeTransport): void {
    const up = this.#path();
    const down = this.#path();
    const say = (message: FromServerMessage) =>
      down(() => {
        if (!transport.isClosed) transport.hear(message);
      });
    transport.hasSpoken = false;
    up(() => {
      if (transport.isClosed) return;
      transport.hasSpoken = true;
      // What was said is heard, whatever becomes of the page's end.
      up(() => {
        if (this.member !== null) this.#says.get(this.member)!(REPLACED);
        this.member = transport;
        say(JOINED);
      });
    });
    this.#says.set(transport, say);
    transport.send = () => up(() => this.member === transport && say(pong()));
  }

  readonly #says = new Map<FakeTransport, (message: FromServerMessage) => void>();

  #path(): (arrive: () => void) => void {
    let freeMs = 0;
    return (arrive) => {
      const nowMs = this.#timers.nowMs();
      freeMs = Math.max(freeMs, nowMs + this.#nextDelayMs());
      this.#timers.setTimeout(arrive, freeMs - nowMs);
    };
  }
}

Deno.test("a page on slow paths is never shut out by its own links, and ends with one of them", async () => {
  const delaysMs = fc.array(fc.oneof(fc.nat(300), fc.nat(4_000)), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(delaysMs, async (delays) => {
      const timers = new FakeTimers();
      const transports: FakeTransport[] = [];
      let at = 0;
      let isSlow = true;
      const server = new SlowServer(timers, () => isSlow ? delays[at++ % delays.length]! : 10);
      const parts = linkParts(transports, timers);
      const link = openLink({
        ...parts,
        openTransport: (kind, options) => {
          const transport = parts.openTransport(kind, options);
          server.accept(transports.at(-1)!);
          return transport;
        },
        onState: ({ kind }) => assert.notEqual(kind, "refused"),
      });
      for (let second = 0; second < 60; second++) {
        await timers.advance(1_000);
        assert.ok(transports.filter(({ isClosed }) => !isClosed).length <= 2);
      }
      isSlow = false;
      await timers.advance(30_000);
      assert.equal(link.state.kind, "joined");
      assert.deepEqual(transports.filter(({ isClosed }) => !isClosed), [server.member]);
    }),
    { numRuns: 50 },
  );
});
