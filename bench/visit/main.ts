/** A first visit: what it loads, and how long it takes until the first box. */
import { median } from "../../client/base/quantiles.ts";
import { type BrowserProcess, launchBrowser } from "../browser.ts";
import { runCommand, text, wholeNumber } from "../command.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { ROOT, startServer } from "../server.ts";
import { type LinkSpeed, openLink } from "./counted_link.ts";
import { type Visit, visitTwice } from "./visit.ts";

const LINKS: Readonly<Record<string, LinkSpeed | null>> = {
  fast: null,
  slow: { megabitsPerS: 8, roundTripMs: 60 },
};

const DEFAULT_ROUNDS = 5;

const HELP = `Measures a first visit, and the second: bytes and times until the first box.

  deno task bench visit [--rounds ${DEFAULT_ROUNDS}] [--beside FOLDER] [--output FILE]

  --rounds N        visits over each link, 1 to 20; the figures are medians
  --beside FOLDER   another installation, measured in turns with this one
  --output FILE     where the figures go; otherwise bench/results/visit.json

The viewer reaches the server over a link that counts: as fast as this machine, and at 8 Mbit/s with
round trips of 60 ms, without losses and slow start. The phone joins as soon as the viewer's page shows
how; its video does not go over that link. About 15 s a round and installation.
`;

const FLAGS = { rounds: wholeNumber(1, 20), beside: text, output: text };

interface Row extends Visit {
  readonly build: "this" | "other";
  readonly link: string;
  readonly visit: "first" | "again";
}

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const { rounds = DEFAULT_ROUNDS, beside } = given;
    const { rows, saved } = await measure(rounds, beside);
    const figures = {
      command: `deno task bench visit --rounds ${rounds}${beside ? " --beside FOLDER" : ""}`,
      links: LINKS,
      rounds,
      rows,
      ...(beside ? { saved } : {}),
    };
    return `${tableOf(rows)}\n${
      saved.map((each) => `${JSON.stringify(each)}\n`).join("")
    }${await writeFigures("visit", figures, given.output)}`;
  });
}

async function measure(rounds: number, beside: string | undefined) {
  await using stack = new AsyncDisposableStack();
  const clip = stack.use(await clipFile(await personClip()));
  const viewers = stack.use(await launchBrowser({ role: "viewer" }));
  const phones = stack.use(await launchBrowser({ role: "phone", clip: clip.path }));
  const builds: { name: Row["build"]; port: number }[] = [];
  for (const [name, root] of [["this", ROOT], ["other", beside]] as const) {
    if (root === undefined) continue;
    const server = stack.use(await startServer({ root }));
    builds.push({ name, port: server.ports.http });
  }
  const seen: Row[] = [];
  // The first round is not counted: it warms servers and disks up.
  for (let at = 0; at <= rounds; at++) {
    for (const [link, speed] of Object.entries(LINKS)) {
      // Each is the first of the two in half of the rounds.
      for (const { name, port } of at % 2 === 0 ? builds : builds.toReversed()) {
        note(`round ${at} of ${rounds}: ${link} link, ${name} build`);
        const visits = await visitOver(port, speed, { viewers, phones });
        if (at === 0) continue;
        seen.push({ build: name, link, visit: "first", ...visits.first });
        seen.push({ build: name, link, visit: "again", ...visits.again });
      }
    }
  }
  return { rows: mediansOf(seen), saved: savedBy(seen) };
}

async function visitOver(
  port: number,
  speed: LinkSpeed | null,
  browsers: { readonly viewers: BrowserProcess; readonly phones: BrowserProcess },
) {
  await using link = await openLink(port, speed);
  return await visitTwice(link, browsers);
}

/** One row of each kind, with the median of every figure. */
function mediansOf(rows: readonly Row[]): Row[] {
  const kinds = Object.values(
    Object.groupBy(rows, ({ build, link, visit }) => `${link} ${visit} ${build}`),
  ) as Row[][];
  return kinds.map((kind) => {
    const middle = (read: (row: Row) => number) => median(kind.map(read))!;
    const parts = Object.keys(kind[0]!.kilobytes) as (keyof Visit["kilobytes"])[];
    return {
      ...kind[0]!,
      "ready_ms": middle((row) => row.ready_ms),
      "model_ms": middle((row) => row.model_ms),
      "first_box_ms": middle((row) => row.first_box_ms),
      kilobytes: Object.fromEntries(
        parts.map((part) => [part, middle(({ kilobytes }) => kilobytes[part])]),
      ) as Visit["kilobytes"],
    };
  });
}

/** How much sooner this build was than the other in the same round: what others do on the machine changes less. */
function savedBy(rows: readonly Row[]) {
  const kinds = Object.values(
    Object.groupBy(rows, ({ link, visit }) => `${link} ${visit}`),
  ) as Row[][];
  return kinds.map((kind) => {
    const [here, there] = (["this", "other"] as const).map((name) =>
      kind.filter(({ build }) => build === name)
    ) as [Row[], Row[]];
    const sooner = (read: (row: Row) => number) =>
      median(there.map((row, at) => read(row) - read(here[at]!)));
    const { link, visit } = kind[0]!;
    return {
      link,
      visit,
      "model_ms": sooner((row) => row.model_ms),
      "first_box_ms": sooner((row) => row.first_box_ms),
    };
  });
}

function tableOf(rows: readonly Row[]): string {
  const head = "| link | visit | build | page, ms | model, ms | first box, ms | kB in all | " +
    "page | runtime | core | model | link |\n|---|---|---|---|---|---|---|---|---|---|---|---|";
  const lines = rows.map(({ link, visit, build, kilobytes, ...times }) => {
    const { all, page, runtime, core, model, link: rest } = kilobytes;
    const figures = [times.ready_ms, times.model_ms, times.first_box_ms, all, page, runtime, core];
    return `| ${[link, visit, build, ...figures, model, rest].join(" | ")} |`;
  });
  return `\n${head}\n${lines.join("\n")}\n`;
}
