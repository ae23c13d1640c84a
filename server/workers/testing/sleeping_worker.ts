import { fileURLToPath } from "node:url";
import { loadCatalog } from "../../../models/catalog.ts";
import { stderrLog } from "../../base/log.ts";
import { Bus } from "../../bus/bus.ts";
import { newNodeId } from "../../bus/subjects.ts";
import { Supervisor } from "../../child/supervisor.ts";
import { INFERENCE_LANES, type InferenceTalk } from "../../inference/ipc.ts";
import { addTotals } from "../../inference/stats_total.ts";
import { readWorkerConfig } from "../worker_config.ts";
import { WorkerHost } from "../worker_host.ts";

/**
 * A worker whose process sleeps in place of running a model, see `sleeping_child.ts`; everything else of it
 * is real. For measurements of more workers than there are cores.
 *
 *     deno run -A sleeping_worker.ts ‹run, ms› ‹name› --nats URL
 */
const [runMs, name, ...args] = Deno.args as [string, string, ...string[]];
const MODEL = "nanodet-m";
const config = readWorkerConfig(args);
const log = stderrLog({ level: "info", format: "json", telemetry: null });
const bus = await Bus.open({ config: config.nats, name, log });
const { present } = await loadCatalog([]);
const child = fileURLToPath(new URL("sleeping_child.ts", import.meta.url));
const supervisor = new Supervisor<InferenceTalk>({
  name: "inference",
  lanes: INFERENCE_LANES,
  addTotals,
  command: () => ({
    path: Deno.execPath(),
    args: ["run", "--quiet", "--no-check", "--no-prompt", child, MODEL, runMs],
    cwd: fileURLToPath(new URL("../../../", import.meta.url)),
  }),
  greeting: () => ({ kind: "models", models: [], defaultModelId: MODEL }),
  log: (level, event) => log[level](event),
});
const host = new WorkerHost({
  bus,
  id: newNodeId(),
  name,
  process: supervisor,
  models: () => present.filter(({ entry }) => entry.id === MODEL),
  maxStreams: 1_000,
  log,
});
supervisor.start(host);
host.start();
log.info("worker started", { name });
