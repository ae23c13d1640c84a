/**
 * ENTRY of `deno task bench`: picks what is measured.
 *
 * @module
 */

const HELP = `Measures Peerlens.

  deno task bench vision     the Rust core: scalar against SIMD, and against a model's run

  --help                     this text
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  switch (name) {
    case "vision": {
      const { run } = await import("./vision/main.ts");
      return await run(args);
    }
    case "help":
    case "--help":
    case "-h":
      print(Deno.stdout, HELP);
      return 0;
    default:
      print(
        Deno.stderr,
        name === undefined
          ? "The latency bench is not built yet; 'deno task bench vision' measures the Rust core."
          : `Cannot measure ${name}: the latency bench is not built yet. See --help.`,
      );
      return 2;
  }
}

function print(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  stream.writeSync(new TextEncoder().encode(`${text}\n`));
}

Deno.exit(await main(Deno.args));
