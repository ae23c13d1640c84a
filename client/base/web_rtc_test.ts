import assert from "node:assert/strict";
import { connectionMaker } from "./web_rtc.ts";

function makes(connection: unknown): boolean {
  const scope = globalThis as { RTCPeerConnection?: unknown };
  scope.RTCPeerConnection = connection;
  try {
    return connectionMaker() !== null;
  } finally {
    delete scope.RTCPeerConnection;
  }
}

Deno.test("connectionMaker() takes nothing that makes no connection for WebRTC", () => {
  assert.equal(
    makes(
      class {
        constructor() {
          throw new Error("not made before it is needed");
        }
        createOffer() {}
      },
    ),
    true,
  );
  assert.equal(makes(undefined), false);
  assert.equal(makes(null), false);
  assert.equal(makes(() => {}), false);
  assert.equal(
    makes(
      class {
        constructor() {
          throw new Error("blocked");
        }
      },
    ),
    false,
  );
});
