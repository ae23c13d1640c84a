import type { BoundedRequest, CheckAnswer } from "../../models/model_check.ts";

// ENTRY of a process that `deno task models` starts to look at one model: a file that nobody knows yet
// may crash or hang the runtime, and then takes nothing else with it. One request as its argument, one
// answer on its standard output, both JSON. The model runs in a Worker; this thread watches how much
// memory the process takes, which nobody can tell from the file.

/** A run that writes as fast as memory takes it gets some 100 MB further in this time. */
const LOOK_EVERY_MS = 20;

function answerOnce(answer: CheckAnswer): never {
  const bytes = new TextEncoder().encode(JSON.stringify(answer));
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  // The runtime cannot be stopped otherwise; its threads do not hold the process.
  Deno.exit(0);
}

if (import.meta.main) {
  const request: BoundedRequest = JSON.parse(Deno.args[0]!);
  const { maxBytes } = request.limits;
  const worker = new Worker(new URL("./check_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<CheckAnswer>) => answerOnce(data);
  worker.onerror = (event) => {
    event.preventDefault();
    answerOnce({ kind: "fault", message: event.message });
  };
  worker.postMessage(request);
  setInterval(() => {
    if (Deno.memoryUsage().rss <= maxBytes) return;
    const message = `it needs more than the ${Math.round(maxBytes / 2 ** 20)} MiB of memory that ` +
      "a trial run may take";
    answerOnce({ kind: "fault", message });
  }, LOOK_EVERY_MS);
}
