import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { RoomId } from "@/protocol";
import type { NodeId } from "./bridge_frame.ts";
import {
  BEAT_MS,
  type Claim,
  freshNode,
  isStronger,
  type NodeEffect,
  type NodeInput,
  type NodeState,
  OWNERLESS_MS,
  SILENCE_MS,
  stepNode,
} from "./node_state.ts";

const node = (name: string) => name.padEnd(22, "0") as NodeId;
const A = node("a");
const B = node("b");
const ROOM = "room000000000000000000" as RoomId;
const NOBODY_MISSING: ReadonlySet<RoomId> = new Set();

/** Steps through inputs, and keeps what they come to. */
function run(
  state: NodeState,
  ...inputs: NodeInput[]
): { state: NodeState; effects: NodeEffect[] } {
  const effects: NodeEffect[] = [];
  for (const input of inputs) {
    const next = stepNode(state, input);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

/** Ticks once a beat, up to and with `toMs`. */
function ticks(fromMs: number, toMs: number, ownerless = NOBODY_MISSING): NodeInput[] {
  const inputs: NodeInput[] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += BEAT_MS) {
    inputs.push({ kind: "tick", nowMs, ownerless });
  }
  return inputs;
}

Deno.test("stepNode() takes a node that falls silent for lost, and one that says goodbye at once", () => {
  const met = run(freshNode(A), { kind: "beat", node: B, nowMs: 0 }).state;
  const before = run(met, ...ticks(0, SILENCE_MS - 1));
  assert.deepEqual(before.effects, []);
  assert.deepEqual(run(before.state, ...ticks(SILENCE_MS, SILENCE_MS)).effects, [
    { kind: "lost", node: B },
  ]);
  const bye = run(met, { kind: "bye", node: B, nowMs: 10 });
  assert.deepEqual(bye.effects, [{ kind: "lost", node: B }]);
  assert.equal(bye.state.lostMs.size, 0);
});

Deno.test("stepNode() takes nobody for lost while it was held up itself", () => {
  const met = run(freshNode(A), { kind: "beat", node: B, nowMs: 0 }, ...ticks(0, 0)).state;
  const late = run(met, ...ticks(5_000, 5_000));
  assert.deepEqual(late.effects, []);
  assert.deepEqual(run(late.state, ...ticks(5_000 + BEAT_MS, 5_000 + BEAT_MS)).effects, [
    { kind: "lost", node: B },
  ]);
});

Deno.test("stepNode() claims its rooms when they are made, when a node comes, and when the bus does", () => {
  const claim = { kind: "claim", room: ROOM, madeMs: 7 };
  const made = run(freshNode(A), { kind: "made", room: ROOM, madeMs: 7, nowMs: 0 });
  assert.deepEqual(made.effects, [claim]);
  assert.deepEqual(run(made.state, { kind: "beat", node: B, nowMs: 1 }).effects, [claim]);
  assert.deepEqual(run(made.state, { kind: "connected", nowMs: 1 }).effects, [claim]);
  assert.deepEqual(run(made.state, { kind: "beat", node: A, nowMs: 1 }).effects, []);
});

Deno.test("stepNode() gives a room up to the node where its owner is, and else to the newer", () => {
  const { state } = run(freshNode(A), { kind: "made", room: ROOM, madeMs: 7, nowMs: 0 });
  const claimed = (claim: Claim, hasOwner: boolean) =>
    run(state, { kind: "claimed", room: ROOM, claim, hasOwner, nowMs: 1 });
  const older = { node: B, hasOwner: true, madeMs: 6 };
  assert.deepEqual(claimed(older, true).effects, [{ kind: "claim", room: ROOM, madeMs: 7 }]);
  assert.deepEqual(claimed(older, false).effects, [{ kind: "drop", room: ROOM }]);
  assert.equal(claimed(older, false).state.rooms.size, 0);
  const newer = { node: B, hasOwner: true, madeMs: 8 };
  assert.deepEqual(claimed(newer, true).effects, [{ kind: "drop", room: ROOM }]);
  assert.deepEqual(claimed({ ...newer, hasOwner: false }, true).effects, [
    { kind: "claim", room: ROOM, madeMs: 7 },
  ]);
});

Deno.test("isStronger() has one answer on both nodes", () => {
  const claim = fc.record({
    node: fc.constantFrom(A, B),
    hasOwner: fc.boolean(),
    madeMs: fc.nat(2),
  });
  fc.assert(fc.property(claim, claim, (a, b) => {
    if (a.node !== b.node) assert.notEqual(isStronger(a, b), isStronger(b, a));
  }));
});

Deno.test("stepNode() ends a room without its owner while a node is lost, and only then", () => {
  const missing = new Set([ROOM]);
  const start = run(
    freshNode(A),
    { kind: "made", room: ROOM, madeMs: 7, nowMs: 0 },
    { kind: "beat", node: B, nowMs: 0 },
  ).state;
  // Everybody is heard: the room waits for its owner as long as a room of one server does.
  const heard = ticks(0, 60_000, missing).flatMap((tick): NodeInput[] => [
    { kind: "beat", node: B, nowMs: tick.nowMs },
    tick,
  ]);
  const waiting = run(start, ...heard);
  assert.ok(!waiting.effects.some(({ kind }) => kind === "drop"));
  const lostMs = 60_000 + SILENCE_MS;
  const lost = run(waiting.state, ...ticks(60_000 + BEAT_MS, lostMs + OWNERLESS_MS - 1, missing));
  assert.deepEqual(lost.effects, [{ kind: "lost", node: B }]);
  const after = run(lost.state, ...ticks(lostMs + OWNERLESS_MS, lostMs + OWNERLESS_MS, missing));
  assert.deepEqual(after.effects, [{ kind: "drop", room: ROOM }]);
  // With its owner here it goes on.
  assert.deepEqual(run(lost.state, ...ticks(lostMs + OWNERLESS_MS, lostMs + 60_000)).effects, []);
});

/**
 * One room of one owner on three nodes. The owner's page is on one of them, changes to another when that
 * node loses the room's home or when it likes, and makes the room where it finds none.
 */
class World {
  readonly names = [node("x"), node("y"), node("z")];
  states = this.names.map(freshNode);
  nowMs = 0;
  /** By pair of nodes: whether they hear each other. */
  readonly cut = new Set<string>();
  readonly underWay: {
    atMs: number;
    from: number;
    to: number;
    input: (nowMs: number) => NodeInput;
  }[] = [];
  /** Which node has the owner's page, and where that led it; `null`: it is on its way. */
  owner: { at: number; home: number } | null = null;
  ownerAt = 0;
  /** Since when two nodes are homes, and the owner has not changed sides. */
  twoSinceMs: number | null = null;
  longestTwoMs = 0;

  hasOwner(at: number): boolean {
    return this.owner?.home === at;
  }

  homes(): number[] {
    return this.states.flatMap(({ rooms }, at) => rooms.has(ROOM) ? [at] : []);
  }

  isCut(a: number, b: number): boolean {
    return this.cut.has([a, b].sort().join());
  }

  step(at: number, input: NodeInput): void {
    const { state, effects } = stepNode(this.states[at]!, input);
    this.states[at] = state;
    for (const effect of effects) {
      if (effect.kind === "drop" && this.hasOwner(at)) this.owner = null;
      if (effect.kind === "lost") {
        const lost = this.names.indexOf(effect.node);
        const { owner } = this;
        // Either end of the owner's line says that it is over.
        const ends = [owner?.at, owner?.home];
        if (owner?.at !== owner?.home && ends.includes(at) && ends.includes(lost)) {
          this.owner = null;
        }
      }
      if (effect.kind === "claim") {
        this.send(at, (nowMs, to) => ({
          kind: "claimed",
          room: ROOM,
          nowMs,
          claim: { node: this.names[at]!, hasOwner: this.hasOwner(at), madeMs: effect.madeMs },
          hasOwner: this.hasOwner(to),
        }));
      }
    }
  }

  send(from: number, input: (nowMs: number, to: number) => NodeInput): void {
    for (const to of this.names.keys()) {
      if (to === from) continue;
      // As the sender is now; delays differ, so messages turn round.
      const delayMs = 1 + (this.nowMs * 7 + to * 13 + from * 5) % 40;
      this.underWay.push({
        atMs: this.nowMs + delayMs,
        from,
        to,
        input: (nowMs) => input(nowMs, to),
      });
    }
  }

  /** The owner's page is back: led to a home that its node hears, or it makes the room. */
  ownerComes(): void {
    const at = this.ownerAt;
    const found = this.homes().find((home) => home === at || !this.isCut(home, at));
    this.owner = { at, home: found ?? at };
    if (found !== undefined) return;
    this.step(at, { kind: "made", room: ROOM, madeMs: this.nowMs, nowMs: this.nowMs });
  }

  /** One beat. */
  beat(): void {
    for (const part of [0, 1, 2]) {
      this.nowMs += BEAT_MS / 3;
      const due = this.underWay.filter(({ atMs }) => atMs <= this.nowMs);
      for (const message of due) {
        this.underWay.splice(this.underWay.indexOf(message), 1);
        if (!this.isCut(message.from, message.to)) {
          this.step(message.to, message.input(this.nowMs));
        }
      }
      // Nodes do not tick together.
      const node = this.names[part]!;
      this.send(part, (nowMs) => ({ kind: "beat", node, nowMs }));
      const hasRoom = this.states[part]!.rooms.has(ROOM);
      const ownerless = new Set(hasRoom && !this.hasOwner(part) ? [ROOM] : []);
      this.step(part, { kind: "tick", nowMs: this.nowMs, ownerless });
    }
    if (this.owner === null) this.ownerComes();
    const isTwo = this.homes().length > 1;
    if (!isTwo) this.twoSinceMs = null;
    else this.twoSinceMs ??= this.nowMs;
    this.longestTwoMs = Math.max(this.longestTwoMs, this.nowMs - (this.twoSinceMs ?? this.nowMs));
  }
}

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      beats: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), pair: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("heal" as const), pair: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), to: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), messages: fc.nat(5) }) },
);
const PAIRS = ["0,1", "0,2", "1,2"];

Deno.test("A room has two homes no longer than it takes to notice that its owner went, whatever is cut, and one with it after", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const world = new World();
      for (let beat = 0; beat < 4; beat++) world.beat();
      for (const step of happenings) {
        switch (step.kind) {
          case "wait":
            for (let beat = 0; beat < step.beats; beat++) world.beat();
            break;
          case "cut":
            world.cut.add(PAIRS[step.pair]!);
            break;
          case "heal":
            world.cut.delete(PAIRS[step.pair]!);
            break;
          case "move":
            // Reloaded, and its balancer sends it elsewhere.
            world.ownerAt = step.to;
            world.owner = null;
            world.twoSinceMs = null;
            break;
          case "lose":
            world.underWay.splice(0, step.messages);
        }
      }
      world.cut.clear();
      for (let beat = 0; beat < 20; beat++) world.beat();
      assert.deepEqual(world.homes(), [world.owner?.home], "one home, and its owner is there");
      const mostMs = SILENCE_MS + OWNERLESS_MS + 3 * BEAT_MS;
      assert.ok(world.longestTwoMs <= mostMs, `two homes for ${world.longestTwoMs} ms`);
    }),
    { numRuns: 500 },
  );
});
