import { fileURLToPath } from "node:url";
import type { Command } from "../cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** `deno task models bench`. What measures is a part of the bench, and needs a browser. */
export const bench: Command = {
  usage: "[ID…]",
  summary: "accuracy, size and time of the models that are here, measured on this computer",
  help: `Flags:
  --pictures N   only the first N pictures; then no file is written
  --rounds N     rounds of timing (default: 20)

Average precision on eval/coco128 of PEERLENS_ASSETS, and the time of one run natively and in Chromium
(WASM), in turn with the others so that all see the same machine. Prints a table. Without an ID all models
that are here, and bench/results/models.json is written; the same as \`deno task bench models\`.
`,
  flags: { pictures: "value", rounds: "value" },
  positionals: [0, 64],
  async run({ positionals, flags }) {
    const options = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-P=tools", "bench/main.ts", "models", ...positionals, ...options],
      cwd: ROOT,
    }).spawn();
    // Ctrl+C reaches it as well, and it ends its browsers before it ends itself.
    return (await child.status).code;
  },
};
