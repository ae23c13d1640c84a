import { type ClientConfig, parseClientConfig } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { reconnectDelayMs } from "./backoff.ts";

/** There is no answer now; later there may be one. */
export class ServerAwayError extends Error {
  override readonly name = "ServerAwayError";
}

/**
 * Asks the server once.
 * @throws {ServerAwayError} Saying why there is no answer.
 * @throws {Error} If the answer is none for this page.
 */
export async function readConfig(): Promise<ClientConfig> {
  const response = await fetch("/api/config", { cache: "no-store" }).catch((error) => {
    throw new ServerAwayError(error instanceof Error ? error.message : String(error));
  });
  const words = `the server answers ${response.status}`;
  if (response.status >= 500) throw new ServerAwayError(words);
  if (!response.ok) throw new Error(words);
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

/**
 * Asks until the server answers: one request is lost when the network changes just then.
 * @throws {Error} If the answer is none for this page.
 */
export async function waitForConfig(
  { read, timers, onFailure }: WaitOptions,
): Promise<ClientConfig> {
  const startedMs = timers.nowMs();
  for (let attempt = 0;; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ServerAwayError)) throw error;
      onFailure(error.message);
    }
    const lostForMs = timers.nowMs() - startedMs;
    const delayMs = reconnectDelayMs({ attempt, lostForMs, random: Math.random() });
    await new Promise<void>((resolve) => void timers.setTimeout(resolve, delayMs));
  }
}
