import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ManifestEntry } from "@/protocol";
import { localFolder } from "../catalog.ts";
import type { Cli } from "../cli.ts";
import { tryModel } from "../../server/inference/model_trial.ts";
import { readLocalState } from "../local_state.ts";
import { HOME } from "../manifest.ts";
import { runModels } from "../models.ts";

/** What a command answered. */
export interface Told {
  readonly code: number;
  readonly said: string;
  readonly noted: string;
}

/** A folder with a manifest and labels, and no model. */
export interface TestHome {
  readonly url: URL;
  /** Runs a command here, with nobody to ask; models are tried in this very process. */
  tell(args: readonly string[], over?: Partial<Cli>): Promise<Told>;
  /** Adds a file of this folder. */
  add(name: string, ...flags: string[]): Promise<Told>;
  /** What was added, pulled or pinned. */
  local(): ReturnType<typeof readLocalState>;
  path(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  setManifest(models: readonly ManifestEntry[]): Promise<void>;
}

/** Makes one for the time of a test, with the repository's own manifest and labels. */
export async function withHome(use: (home: TestHome) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "peerlens-models-" });
  const url = new URL(`file://${folder}/`);
  const path = (name: string) => fileURLToPath(new URL(name, url));
  const write = async (name: string, content: string | Uint8Array) => {
    await Deno.mkdir(fileURLToPath(new URL("./", new URL(name, url))), { recursive: true });
    await Deno.writeFile(
      path(name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  };
  const setManifest = (models: readonly ManifestEntry[]) =>
    write("manifest.json", JSON.stringify({ schema: 2, models }));
  const tell = async (args: readonly string[], over: Partial<Cli> = {}) => {
    let [said, noted] = ["", ""];
    const code = await runModels(args, {
      home: url,
      searchPath: [],
      say: (text) => said += text,
      note: (text) => noted += text,
      isTerminal: false,
      ask: () => null,
      signal: new AbortController().signal,
      examine: tryModel,
      ...over,
    });
    return { code, said, noted };
  };
  const add = (name: string, ...flags: string[]) => tell(["add", path(name), ...flags]);
  const local = () => readLocalState(localFolder(url));
  try {
    for (const name of ["manifest.json", "labels/coco80.json"]) {
      await write(name, await Deno.readFile(new URL(name, HOME)));
    }
    await use({ url, tell, add, local, path, write, setManifest });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A command that is to have worked. @returns What it said. */
export function done({ code, said, noted }: Told): string {
  assert.equal(code, 0, noted);
  return said;
}

/** A command that is to have refused, with these words. */
export function refused({ code, noted }: Told, words: RegExp): void {
  assert.equal(code, 1, noted);
  assert.match(noted, words);
}
