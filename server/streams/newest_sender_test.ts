import assert from "node:assert/strict";
import { NewestSender } from "./newest_sender.ts";

Deno.test("NewestSender keeps only the newest result for a slow link, and counts the others", async () => {
  const sent: string[] = [];
  const topic = {
    isLinked: true,
    isLate: false,
    send: (data: unknown) => sent.push(String(data)) > 0,
  };
  let lost = 0;
  const sender = new NewestSender(topic, () => lost++);
  sender.send("1");
  topic.isLate = true;
  for (const text of ["2", "3", "4"]) sender.send(text);
  assert.deepEqual([sent, lost], [["1"], 2]);
  topic.isLate = false;
  while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(sent, ["1", "4"]);

  topic.isLate = true;
  sender.send("5");
  sender.stop();
  topic.isLinked = false;
  sender.send("6");
  assert.deepEqual([sent, lost], [["1", "4"], 2]);
});
