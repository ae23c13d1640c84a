import type { Metrics } from "@/protocol";
import { saveFile } from "../record/save_file.ts";

/** What the browser says of the machine it runs on; `null` where it does not. */
export function machineFacts(): Metrics["machine"] {
  const { userAgent, hardwareConcurrency } = navigator;
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return {
    browser: userAgent.slice(0, 200),
    cores: hardwareConcurrency ?? null,
    memory_gb: deviceMemory ?? null,
  };
}

/** Hands a document to the person as a file. */
export function downloadMetrics(metrics: Metrics): void {
  const text = `${JSON.stringify(metrics, null, 2)}\n`;
  const name = `metrics-${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`;
  saveFile(name, new Blob([text], { type: "application/json" }));
}
