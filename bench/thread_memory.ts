import type { ClientConfig } from "@/protocol";
import { scriptOf } from "./browser.ts";
import type { RigServer } from "./server.ts";

/** A viewer's browser that has found out before how many threads are best: it tries none. */
export async function knowsThreads(
  { httpUrl }: Pick<RigServer, "httpUrl">,
  threads: number,
): Promise<{ content: string }> {
  const { models }: ClientConfig = await (await fetch(`${httpUrl}/api/config`)).json();
  const hashes = models.map(({ sha256 }) => sha256);
  return scriptOf(({ hashes, threads }) => {
    const verdicts = hashes.map((hash) => [
      `${hash} ${navigator.userAgent}`,
      { backend: "wasm", threads },
    ]);
    try {
      localStorage.setItem("peerlens.backends", JSON.stringify(verdicts));
    } catch {
      // The empty page at the start has no storage.
    }
  }, { hashes, threads });
}
