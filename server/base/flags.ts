import { SECRET_VARIABLES, VARIABLES } from "./variables.ts";
import { APP_VERSION } from "./version.ts";

/** Thrown for what a person typed wrong; the process ends with status 2 and this sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Is 1 in an image, where packages and pages are there and nothing can be written. */
export const IMAGE_VARIABLE = "PEERLENS_PREBUILT";

/** Exit status for what was typed wrong. */
export const WRONG_VALUE = 2;
/** Exit status where a port or address cannot be listened on. */
export const NO_PORT = 3;

/** One command line flag. */
export interface FlagSpec {
  readonly name: string;
  /** What its value is, for the help; `null` for a switch. */
  readonly value: string | null;
  /** Its value may be left out. */
  readonly isOptional?: boolean;
  /** It may be given several times: its value is then one of each a line. */
  readonly isRepeatable?: boolean;
  /** Environment variable that sets the same; the flag wins. */
  readonly env: string;
  /** As the help shows it. */
  readonly fallback: string;
  readonly help: string;
}

/** Every flag, in the order of the help. */
export const FLAGS = [
  {
    name: "mode",
    value: "wasm|server|auto",
    env: "MODE",
    fallback: "wasm",
    help: "where models run at first; server and auto also allow them on this computer",
  },
  {
    name: "port",
    value: "N",
    env: "PEERLENS_PORT",
    fallback: "3000",
    help: "HTTP port for this computer; 0 picks a free one",
  },
  {
    name: "https-port",
    value: "N",
    env: "PEERLENS_HTTPS_PORT",
    fallback: "3443",
    help: "HTTPS port for phones; 0 picks a free one",
  },
  {
    name: "host",
    value: "ADDRESS",
    env: "PEERLENS_HOST",
    fallback: "0.0.0.0",
    help: "address to listen on; 127.0.0.1 keeps the network out",
  },
  {
    name: "public-host",
    value: "NAME[:PORT]",
    env: "PEERLENS_PUBLIC_HOST",
    fallback: "none",
    help: "name or address at which phones reach this server",
  },
  {
    name: "trusted-proxy",
    value: "CIDR[,CIDR]",
    env: "PEERLENS_TRUSTED_PROXY",
    fallback: "none",
    help: "addresses of proxies whose X-Forwarded-For and -Proto are believed",
  },
  {
    name: "model",
    value: "ID",
    env: "PEERLENS_MODEL",
    fallback: "the best one present",
    help: "model to start with: an ID from `deno task models list`",
  },
  {
    name: "ep",
    value: "cpu|cuda|dml|coreml|auto",
    env: "PEERLENS_EP",
    fallback: "auto",
    help: "what runs models on this computer; auto falls back to cpu, any other must load",
  },
  {
    name: "relay",
    value: "on|off",
    env: "PEERLENS_RELAY",
    fallback: "on",
    help: "relay pictures of phones without a direct connection, once the viewer agrees",
  },
  {
    name: "rtc-ports",
    value: "BEGIN-END",
    env: "PEERLENS_RTC_PORTS",
    fallback: "any",
    help: "UDP ports for frames in server mode, 1024 to 65535",
  },
  {
    name: "turn-url",
    value: "URL[,URL]",
    env: "PEERLENS_TURN_URLS",
    fallback: "none",
    help: "TURN server that shares PEERLENS_TURN_SECRET with this server",
  },
  {
    name: "nats",
    value: "URL[,URL]",
    env: "PEERLENS_NATS",
    fallback: "none",
    help: "NATS servers of a Peerlens on several machines: nats://host:4222, or tls://",
  },
  {
    name: "nats-creds",
    value: "FILE",
    env: "PEERLENS_NATS_CREDS",
    fallback: "none",
    help: "credentials for NATS, as nsc writes them",
  },
  {
    name: "inference",
    value: "all|remote",
    env: "PEERLENS_INFERENCE",
    fallback: "all",
    help: "what runs models in server mode: this computer and workers, or workers only",
  },
  {
    name: "profile",
    value: "low|balanced|high",
    env: "PEERLENS_PROFILE",
    fallback: "balanced",
    help: "camera size and frame rate to start with",
  },
  {
    name: "fps",
    value: "N",
    env: "PEERLENS_FPS",
    fallback: "every frame; 10 in profile low",
    help: "detections a second at most to start with, 1 to 60; fewer save power",
  },
  {
    name: "camera",
    value: "NAME=SOURCE",
    isRepeatable: true,
    env: "PEERLENS_CAMERAS",
    fallback: "ball where there is ffmpeg",
    help:
      "video that this computer sends: a file, rtsp://…, whep:http://…, /dev/video0, or ball, " +
      "the drawn scene; repeatable; none for none",
  },
  {
    name: "webhook",
    value: "URL",
    env: "PEERLENS_WEBHOOK",
    fallback: "none",
    help: "where room owners may send zone events, each with a picture",
  },
  {
    name: "tls-cert",
    value: "FILE",
    env: "PEERLENS_TLS_CERT",
    fallback: "made on first start",
    help: "certificate chain in PEM",
  },
  {
    name: "tls-key",
    value: "FILE",
    env: "PEERLENS_TLS_KEY",
    fallback: "made on first start",
    help: "private key in PEM",
  },
  {
    name: "no-qr",
    value: null,
    env: "PEERLENS_NO_QR",
    fallback: "QR code drawn",
    help: "do not draw the QR code in the terminal",
  },
  {
    name: "tunnel",
    value: "cloudflared|ngrok|localtunnel",
    env: "PEERLENS_TUNNEL",
    fallback: "none",
    help: "opens a public address with this program, for phones on other networks",
  },
  { name: "ngrok", value: null, env: "none", fallback: "", help: "short for --tunnel ngrok" },
  {
    name: "password",
    value: "TEXT",
    isOptional: true,
    env: "PEERLENS_PASSWORD",
    fallback: "none",
    help: "password for viewers on other computers; without TEXT, one is made and printed",
  },
  { name: "version", value: null, env: "none", fallback: "", help: "show the version" },
  { name: "help", value: null, env: "none", fallback: "", help: "show this text" },
] as const satisfies readonly FlagSpec[];

/** Name of a flag without its dashes. */
export type FlagName = (typeof FLAGS)[number]["name"];

/** The word before the flags that starts a worker. */
export const WORKER_WORD = "worker";

/** What can be set of a worker: it serves no pages and knows no rooms. */
export const WORKER_FLAGS = [
  "nats",
  "nats-creds",
  "ep",
  "model",
  "rtc-ports",
  "public-host",
  "host",
  "version",
  "help",
] as const satisfies readonly FlagName[];

/** What was given, by name; a switch that was given is `"true"`. */
export type Flags = Readonly<Partial<Record<FlagName, string>>>;

/**
 * Parses `--name value`, `--name=value` and switches. By hand: `node:util` knows no flag whose value
 * may be left out, and takes the next flag for a value that was forgotten.
 * @throws {UsageError} If a flag is unknown, lacks its value, or something is not a flag.
 */
export function parseFlags(args: readonly string[]): Flags {
  const flags: Partial<Record<FlagName, string>> = {};
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, inline] = arg.match(/^--([a-z][a-z-]*)(?:=(.*))?$/s) ?? [];
    const spec: (FlagSpec & { name: FlagName }) | undefined = FLAGS.find((flag) =>
      flag.name === name
    );
    if (spec === undefined) throw new UsageError(unknownText(arg, name));
    if (spec.value === null) {
      if (inline !== undefined) throw new UsageError(`--${name} takes no value, but got ${inline}`);
      flags[spec.name] = "true";
      continue;
    }
    const value = inline ?? (rest[0]?.startsWith("--") ? undefined : rest.shift());
    if (value === undefined && spec.isOptional) {
      flags[spec.name] = "";
      continue;
    }
    if (value === undefined || value === "") {
      throw new UsageError(`--${name} needs a value: ${spec.value}`);
    }
    const before = spec.isRepeatable ? flags[spec.name] : undefined;
    flags[spec.name] = before === undefined ? value : `${before}\n${value}`;
  }
  return flags;
}

/** Where the sentences of `--help` begin. */
const HELP_COLUMN = 31;

/** The text of `--help`. */
export function helpText(): string {
  const line = (name: string, text: string) => {
    const left = `  ${name} `.padEnd(HELP_COLUMN);
    // A long one has a line to itself.
    return left.length === HELP_COLUMN
      ? left + text
      : `  ${name}\n${" ".repeat(HELP_COLUMN)}${text}`;
  };
  const lines = FLAGS.map((flag: FlagSpec) => {
    const env = flag.env === "none" ? "" : ` (default: ${flag.fallback}; env ${flag.env})`;
    return line(`--${flag.name}${valueText(flag)}`, `${flag.help}${env}`);
  });
  const variables = VARIABLES.map(({ name, fallback, help }) =>
    line(name, `${help} (default: ${fallback})`)
  );
  return `Peerlens ${APP_VERSION}

Usage: ./start.sh [flags]
       ./start.sh worker --nats URL [flags]    a worker: runs models for servers on other machines

${lines.join("\n")}

Environment only:
${variables.join("\n")}

Each of these names a file to read that secret from:
${SECRET_VARIABLES.map((name) => `  ${name}_FILE`).join("\n")}

A worker takes ${WORKER_FLAGS.map((name) => `--${name}`).join(", ")}.

A flag wins over its variable. With --mode wasm no model runs on this computer: it starts no
inference process, and viewers can choose only wasm and off. With --relay off as well, no frame
reaches this computer at all.
`;
}

/** How a flag's value is shown behind its name. */
export function valueText({ value, isOptional }: FlagSpec): string {
  if (value === null) return "";
  return isOptional ? ` [${value}]` : ` ${value}`;
}

function unknownText(arg: string, name: string | undefined): string {
  const flag = arg.split("=")[0]!;
  const nearest = name === undefined ? null : nearestFlag(name);
  const hint = nearest === null ? "--help lists all flags" : `did you mean --${nearest}?`;
  return `Unknown ${arg.startsWith("-") ? "flag" : "argument"}: ${flag} (${hint})`;
}

function nearestFlag(name: string): FlagName | null {
  const byDistance = FLAGS.map((flag) => ({ flag, distance: editDistance(name, flag.name) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = byDistance;
  // Further away than this, a suggestion is a guess that misleads.
  return best !== undefined && best.distance <= 2 + name.length / 4 ? best.flag.name : null;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, char] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (char === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A sentence that names flags, for whom it reaches: in an image they are variables. */
export function inImageWords(text: string, isImage: boolean): string {
  if (!isImage) return text;
  return text.replaceAll(/--([a-z]+(?:-[a-z]+)*)\b/g, (flag, name) => {
    const env = FLAGS.find((spec) => spec.name === name)?.env ?? "none";
    return env === "none" ? flag : env;
  });
}
