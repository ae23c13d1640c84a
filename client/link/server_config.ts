import { type ClientConfig, parseClientConfig } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { reconnectDelayMs } from "./backoff.ts";

/** Asks the server once. @throws {Error} Saying why there is no answer. */
export async function readConfig(): Promise<ClientConfig> {
  const response = await fetch("/api/config", { cache: "no-store" });
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  return parseClientConfig(await response.json());
}

/** What {@linkcode waitForConfig} works with. */
export interface WaitOptions {
  /** @throws {Error} If there is no answer. */
  read(): Promise<ClientConfig>;
  readonly timers: Pick<Timers, "nowMs" | "setTimeout">;
  /** Told of each try in vain. */
  onFailure(why: string): void;
}

/** Asks until the server answers: one request is lost when the network changes just then. */
export async function waitForConfig(
  { read, timers, onFailure }: WaitOptions,
): Promise<ClientConfig> {
  const startedMs = timers.nowMs();
  for (let attempt = 0;; attempt++) {
    try {
      return await read();
    } catch (error) {
      onFailure(error instanceof Error ? error.message : String(error));
    }
    const lostForMs = timers.nowMs() - startedMs;
    const delayMs = reconnectDelayMs({ attempt, lostForMs, random: Math.random() });
    await new Promise<void>((resolve) => void timers.setTimeout(resolve, delayMs));
  }
}
