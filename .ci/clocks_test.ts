import assert from "node:assert/strict";
import { ROOT } from "./process.ts";
import { isTestFile, sourceFiles } from "./sources.ts";

/** What has to do with a calendar, and so may read the clock that people set. */
const CALENDAR: Readonly<Record<string, string>> = {
  "client/ui/join_panel.tsx": "until when a code holds, for people",
  "server/base/log.ts": "when a line was written",
  "server/events/webhook.ts": "the signature's time, which the receiver compares with its own",
  "server/main.ts": "validity of the certificate",
  "server/nodes/nodes.ts": "which of two rooms was made first, on whichever node",
  "server/password/gate.ts": "validity of sign-ins, which other nodes compare with theirs",
  "server/turn/ice_servers.ts":
    "validity of credentials, which the TURN server compares with its own",
};

Deno.test("only what has to do with a calendar reads the clock that people set: limits and times out do not", async () => {
  const found = new Set<string>();
  for (const path of sourceFiles()) {
    if (!/^(server|client|models)\//.test(path) || isTestFile(path)) continue;
    const text = await Deno.readTextFile(`${ROOT}/${path}`);
    if (/\bDate\.now\b(?!})|new Date\(\)\.getTime/.test(text)) found.add(path);
  }
  assert.deepEqual([...found].sort(), Object.keys(CALENDAR).sort());
});
