import assert from "node:assert/strict";
import fc from "fast-check";
import type { RoomId } from "@/protocol";
import { RoomQueue } from "./room_queue.ts";

const item = (room: string, number: number) => ({ roomId: room as RoomId, number });
const names = (items: readonly { roomId: RoomId; number: number }[]) =>
  items.map(({ roomId, number }) => `${roomId}${number}`);

function taken(queue: RoomQueue<ReturnType<typeof item>>) {
  const all = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next);
  return all;
}

Deno.test("RoomQueue gives rooms turns, each in its own order", () => {
  const queue = new RoomQueue<ReturnType<typeof item>>(10);
  for (
    const [room, number] of [["a", 1], ["a", 2], ["a", 3], ["b", 1], ["c", 1], ["b", 2]] as const
  ) {
    queue.push(item(room, number));
  }
  assert.equal(queue.size, 6);
  assert.deepEqual(names(taken(queue)), ["a1", "b1", "c1", "a2", "b2", "a3"]);
  assert.equal(queue.size, 0);
});

Deno.test("RoomQueue has the room with most give way, its oldest first", () => {
  const queue = new RoomQueue<ReturnType<typeof item>>(4);
  queue.push(item("a", 1));
  queue.push(item("a", 2));
  queue.push(item("a", 3));
  queue.push(item("b", 1));
  assert.deepEqual(names([queue.push(item("b", 2))!]), ["a1"]);
  assert.deepEqual(names(queue.drain()), ["a2", "a3", "b1", "b2"]);
});

Deno.test("RoomQueue goes on past a room that gave its only one way", () => {
  const queue = new RoomQueue<ReturnType<typeof item>>(2);
  queue.push(item("a", 1));
  queue.push(item("b", 1));
  assert.deepEqual(names([queue.push(item("c", 1))!]), ["a1"]);
  assert.deepEqual(names(taken(queue)), ["b1", "c1"]);
  assert.equal(queue.size, 0);
});

Deno.test("RoomQueue loses nothing of a room within its share, whatever others send", () => {
  const rooms = ["a", "b", "c"];
  const input = fc.oneof(fc.constantFrom(...rooms), fc.constant(null));
  fc.assert(fc.property(fc.array(input, { maxLength: 200 }), (inputs) => {
    const queue = new RoomQueue<ReturnType<typeof item>>(6);
    const waiting = new Map(rooms.map((room) => [room, [] as number[]]));
    inputs.forEach((room, number) => {
      if (room === null) {
        const next = queue.shift();
        if (next !== undefined) assert.equal(next.number, waiting.get(next.roomId)!.shift());
        return;
      }
      waiting.get(room)!.push(number);
      const lost = queue.push(item(room, number));
      if (lost === null) return;
      assert.equal(lost.number, waiting.get(lost.roomId)!.shift());
      assert.ok(waiting.get(lost.roomId)!.length >= 2, "a third of the places is a room's own");
    });
    const held = [...waiting.values()].reduce((sum, { length }) => sum + length, 0);
    assert.equal(queue.size, held);
    assert.ok(held <= 6);
  }));
});
