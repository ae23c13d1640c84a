/** A CPU limit on processes of this machine: by a cgroup where one may be made, else by signals. */

/** What processes are let have. */
export interface CpuLimit extends AsyncDisposable {
  /** How the limit is kept. */
  readonly means: "cgroup" | "signals";
  /** From now on: at most so many cores together, above 0; `null`: as much as they want. */
  set(cores: number | null): void;
}

/**
 * Puts processes under a limit that is not set yet; at the end they are free of it. The threads
 * of a process are under it with the process, and so is what they start later.
 */
export function limitCpu(pids: readonly number[]): CpuLimit {
  return cgroupLimit(pids) ?? new SignalLimit(pids);
}

/** Short against what it slows down, so that work is slow rather than jerky. */
const PERIOD_US = 50_000;

/** The kernel takes no less. */
const MIN_QUOTA_US = 1_000;

/** Where the two versions of cgroups are mounted, and what they take. */
const HIERARCHIES = [
  {
    root: "/sys/fs/cgroup",
    file: "cpu.max",
    words: (quotaUs: number | null) => `${quotaUs ?? "max"} ${PERIOD_US}`,
  },
  {
    root: "/sys/fs/cgroup/cpu",
    file: "cpu.cfs_quota_us",
    words: (quotaUs: number | null) => `${quotaUs ?? -1}`,
  },
] as const;

let made = 0;

function cgroupLimit(pids: readonly number[]): CpuLimit | null {
  for (const { root, file, words } of HIERARCHIES) {
    const folder = `${root}/peerlens-${Deno.pid}-${made++}`;
    try {
      shell('mkdir "$1"', folder);
    } catch {
      continue;
    }
    const set = (cores: number | null) => {
      const quotaUs = cores === null ? null : Math.max(MIN_QUOTA_US, Math.round(cores * PERIOD_US));
      write(`${folder}/${file}`, words(quotaUs));
    };
    const giveBack = () => {
      move(shell('cat "$1"', `${folder}/cgroup.procs`).split("\n"), root);
      removeQuietly(folder);
      return Promise.resolve();
    };
    try {
      // The period stays as the kernel has it in version 1 unless told.
      if (file === "cpu.cfs_quota_us") {
        write(`${folder}/cpu.cfs_period_us`, String(PERIOD_US));
      }
      set(null);
      for (const pid of pids) write(`${folder}/cgroup.procs`, String(pid));
    } catch {
      // Such as version 2 without this controller.
      move(pids.map(String), root);
      removeQuietly(folder);
      continue;
    }
    return { means: "cgroup", set, [Symbol.asyncDispose]: giveBack };
  }
  return null;
}

/** Only into what the kernel has made: elsewhere a folder is just a folder. */
function write(path: string, text: string): void {
  shell('test -f "$1" && printf %s "$2" > "$1"', path, text);
}

/**
 * Runs a line of shell and returns what it wrote: Deno itself writes below `/sys` only for those who may
 * do anything. @throws {Error} If it fails.
 */
function shell(line: string, ...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command("sh", { args: ["-c", line, "sh", ...args] })
    .outputSync();
  if (!success) throw new Error(`Cannot run ${line}: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}

function move(pids: readonly string[], folder: string): void {
  for (const pid of pids.filter((text) => text !== "")) {
    try {
      write(`${folder}/cgroup.procs`, pid);
    } catch {
      // It has ended, or was never moved.
    }
  }
}

function removeQuietly(folder: string): void {
  try {
    shell('rmdir "$1"', folder);
  } catch {
    // Not empty: nothing is limited by it.
  }
}

/** Longer: timers are too coarse for a small share of a short time. */
const SIGNAL_PERIOD_MS = 400;

/** Stops and continues the processes in turn; the share is that of one period they may run. */
class SignalLimit implements CpuLimit {
  readonly means = "signals";
  readonly #pids: readonly number[];
  #share = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  set(cores: number | null): void {
    this.#share = cores === null ? 1 : Math.min(1, cores / navigator.hardwareConcurrency);
    clearTimeout(this.#timer);
    this.#run();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.set(null);
    return Promise.resolve();
  }

  #run(): void {
    this.#signal("SIGCONT");
    if (this.#share === 1) return;
    const runMs = SIGNAL_PERIOD_MS * this.#share;
    this.#timer = setTimeout(() => {
      this.#signal("SIGSTOP");
      this.#timer = setTimeout(() => this.#run(), SIGNAL_PERIOD_MS - runMs);
    }, runMs);
  }

  #signal(signal: "SIGSTOP" | "SIGCONT"): void {
    for (const pid of this.#pids) {
      try {
        Deno.kill(pid, signal);
      } catch {
        // It has ended.
      }
    }
  }
}
