import { epochMs } from "../base/epoch.ts";
import type { PortLike } from "../base/worker_handle.ts";
import { Topic } from "../link/topic.ts";
import { PictureMaker } from "./picture_maker.ts";
import type { FromPicture, ToPicture } from "./picture_messages.ts";

// ENTRY of the Worker that has the pictures of one phone, which come through the server: to those who paint
// and examine them they do not pass the page, which may be busy.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToPicture>) => void;
  postMessage(message: FromPicture, transfer?: Transferable[]): void;
};

let topic: Topic | null = null;
let keys: PortLike | null = null;
let isDrawing = false;
let carried = { sent: 0, received: 0 };

const maker = new PictureMaker({
  epochMs,
  decode: (jpeg) => createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })).catch(() => null),
  onCame(frame, dropped) {
    keys?.postMessage({ frameId: frame.frameId, key: frame.key });
    scope.postMessage({ kind: "came", frame, carried, dropped });
  },
  onPicture(bitmap) {
    if (isDrawing) return bitmap.close();
    isDrawing = true;
    scope.postMessage({ kind: "picture", bitmap }, [bitmap]);
  },
  onDone(frame) {
    const text = JSON.stringify({ type: "ack", frame });
    if (topic?.send(text)) carried = { ...carried, sent: carried.sent + text.length };
  },
});

scope.onmessage = ({ data: message }) => {
  switch (message.kind) {
    case "pictures":
      return hear(message.port);
    case "reader":
      return maker.posts.add(message.id, message);
    case "leave":
      return maker.posts.remove(message.id);
    case "keys":
      keys?.close();
      keys = message.port;
      return;
    case "drawn":
      isDrawing = false;
  }
};

function hear(port: PortLike): void {
  topic?.leave();
  topic = new Topic(port, {
    onLinked() {},
    onData(data) {
      if (typeof data === "string") return;
      carried = { ...carried, received: carried.received + data.length };
      maker.receive(data);
    },
  });
}
