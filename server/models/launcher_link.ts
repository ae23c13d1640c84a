import process from "node:process";
import * as v from "valibot";
import { type ModelOrder, type ModelReport, modelReportSchema } from "./orders.ts";

/** The way to whoever may change the models. */
export interface LauncherLink {
  /** Whether there is somebody. */
  readonly isOpen: boolean;
  send(order: ModelOrder): void;
  /** Told all that comes; `null`: nothing will come any more. */
  onReport: (report: ModelReport | null) => void;
}

/**
 * The link to the process that started this one, if it is our launcher: started by hand, the server has
 * none, and nothing can be changed. The other end is ours; only its shape is looked at.
 */
export function openLauncherLink(): LauncherLink {
  let isOpen = false;
  const link = {
    get isOpen() {
      return isOpen;
    },
    send(order: ModelOrder) {
      if (process.connected) process.send?.(order);
    },
    onReport: (_report: ModelReport | null) => {},
  };
  process.on("message", (message: unknown) => {
    const result = v.safeParse(modelReportSchema, message);
    if (!result.success) return;
    isOpen = true;
    link.onReport(result.output);
  });
  process.on("disconnect", () => {
    isOpen = false;
    link.onReport(null);
  });
  link.send({ kind: "hello" });
  return link;
}
