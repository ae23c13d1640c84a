import assert from "node:assert/strict";
import { effect } from "@preact/signals";
import type { ServedModel } from "@/protocol";
import type { RunMemory } from "../inference/run_memory.ts";
import { RunBook } from "./run_book.ts";

const MODEL = { id: "m", sha256: "abc" } as ServedModel;

Deno.test("RunBook keeps the times of browser and server apart, and tells of new ones", () => {
  const times = new Map<string, number>();
  const memory: RunMemory = {
    recall: ({ sha256 }) => times.get(sha256) ?? null,
    remember: ({ sha256 }, runMs) => void times.set(sha256, runMs),
  };
  const book = new RunBook(memory);
  const seen: (number | null)[][] = [];
  effect(() => void seen.push([book.timeOf("local", MODEL), book.timeOf("server", MODEL)]));
  const ready = { kind: "ready", backend: "wasm", threads: 1, warmRunMs: 30 } as const;
  book.note("local", MODEL, ready);
  book.note("local", MODEL, ready);
  book.note("server", MODEL, { kind: "connecting" });
  book.note("server", MODEL, { kind: "connected", transport: "websocket", runMs: null });
  book.note("server", MODEL, { kind: "connected", transport: "websocket", runMs: 12 });
  assert.deepEqual(seen, [[null, null], [30, null], [30, 12]]);
  assert.deepEqual([...times], [["abc", 30]]);
});
