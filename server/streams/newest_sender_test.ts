import assert from "node:assert/strict";
import { NewestSender } from "./newest_sender.ts";

Deno.test("NewestSender keeps only the newest result for a slow socket, and counts the others", async () => {
  const sent: string[] = [];
  const socket = {
    bufferedAmount: 0,
    readyState: WebSocket.OPEN,
    send: (data: unknown) => void sent.push(String(data)),
  };
  let lost = 0;
  const sender = new NewestSender(socket, () => lost++);
  sender.send("1");
  socket.bufferedAmount = 1e6;
  for (const text of ["2", "3", "4"]) sender.send(text);
  assert.deepEqual([sent, lost], [["1"], 2]);
  socket.bufferedAmount = 0;
  while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(sent, ["1", "4"]);

  socket.bufferedAmount = 1e6;
  sender.send("5");
  sender.stop();
});
