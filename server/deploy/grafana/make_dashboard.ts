/**
 * ENTRY that writes `dashboards/peerlens.json`: Grafana's own format says everything many times over.
 *
 *     deno run --allow-write=server/deploy/grafana server/deploy/grafana/make_dashboard.ts
 *
 * @module
 */
import { dashboard } from "./dashboard.ts";

const path = new URL("./dashboards/peerlens.json", import.meta.url);
await Deno.writeTextFile(path, `${JSON.stringify(dashboard(), null, 2)}\n`);
