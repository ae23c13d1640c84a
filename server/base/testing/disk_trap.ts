/**
 * PRELOADED by `disk_faults.ts`: counts what the program does to the disk, names it on standard error, and at
 * one of these things ends the program, in the middle of it where it writes, or has the disk refuse it.
 *
 * @module
 */

const at = Number(Deno.env.get("DISK_TRAP_AT"));
const fault = Deno.env.get("DISK_TRAP_FAULT") ?? "";
let count = 0;

function step(name: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`disk: ${name}\n`));
  if (++count < at) return;
  if (fault === "") {
    if (count === at) Deno.kill(Deno.pid, "SIGKILL");
  } else {
    // From then on, as a full disk is.
    throw Object.assign(new Error(`${fault} (os error)`), { code: fault });
  }
}

// deno-lint-ignore no-explicit-any -- of any function of Deno's
type Any = any;

function trap(owner: Any, name: string, isChange: (...args: Any[]) => boolean = () => true): void {
  const original = owner[name];
  owner[name] = function (...args: Any[]) {
    if (isChange(...args)) step(name);
    return original.apply(this, args);
  };
}

for (
  const name of ["rename", "remove", "chmod", "mkdir", "writeTextFile", "writeFile", "copyFile"]
) {
  trap(Deno, name);
}
trap(Deno, "open", (_path, options) => options?.create === true || options?.createNew === true);

const file = Deno.FsFile.prototype as Any;
const { write, sync } = file;
file.write = async function (this: Deno.FsFile, bytes: Uint8Array) {
  // Half of it is there when the end comes.
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  if (count + 1 === at && fault === "") await write.call(this, half);
  step("write");
  return await write.call(this, bytes);
};
file.sync = function (this: Deno.FsFile) {
  step("sync");
  return sync.call(this);
};
