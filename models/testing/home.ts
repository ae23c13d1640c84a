import { fileURLToPath } from "node:url";
import type { ManifestEntry } from "@/protocol";
import { HOME } from "../manifest.ts";

/** A folder with a manifest and labels, and no model. */
export interface TestHome {
  readonly url: URL;
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
  try {
    for (const name of ["manifest.json", "labels/coco80.json"]) {
      await write(name, await Deno.readFile(new URL(name, HOME)));
    }
    await use({ url, path, write, setManifest });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
