import { BROWSER } from "./browser.ts";

/** For tests with lanes: steps run at the same time only where none of them is watched for leaks. */
export const TOGETHER = { ...BROWSER, sanitizeExit: false } as const;

/** A step of a test: its name, and what it does. */
export type Step = readonly [name: string, run: () => Promise<void>];

/**
 * Runs steps that wait for most of their time, each lane's one after the other, and all lanes at the same
 * time. The test has to be a {@linkcode TOGETHER} one.
 */
export async function inLanes(t: Deno.TestContext, ...lanes: (readonly Step[])[]): Promise<void> {
  await Promise.all(lanes.map(async (steps) => {
    for (const [name, fn] of steps) await t.step({ ...TOGETHER, name, fn });
  }));
}
