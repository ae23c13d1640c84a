import assert from "node:assert/strict";
import { MAX_PENDING_PICTURES } from "../inference/ipc.ts";
import { DetectRequests } from "./detect_requests.ts";
import { SETTINGS } from "./testing/fake_process.ts";

Deno.test("DetectRequests.run() leaves places to other addresses, and to programs with the token", async () => {
  const sent: string[] = [];
  const requests = new DetectRequests((message) =>
    void (message.kind === "detect" && sent.push(message.account.address))
  );
  const answers: Promise<{ kind: string }>[] = [];
  const run = (address: string, isTrusted = false) =>
    answers.push(requests.run(new Uint8Array(1), SETTINGS, { address, room: address, isTrusted }));
  for (let at = 0; at < 9; at++) run("greedy");
  for (let at = 0; at < 9; at++) run(`guest ${at}`);
  for (let at = 0; at < 9; at++) run("program", true);
  const count = (address: string) => sent.filter((other) => other.startsWith(address)).length;
  assert.deepEqual([count("greedy"), count("guest"), count("program")], [4, 2, 2]);
  assert.equal(sent.length, MAX_PENDING_PICTURES);
  requests.loseAll();
  const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === "busy").length, 27 - MAX_PENDING_PICTURES);
});
