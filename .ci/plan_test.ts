import assert from "node:assert/strict";
import type { TestFile } from "./marks.ts";
import { jobsOf, select } from "./plan.ts";

function file(path: string, marks: Partial<TestFile> = {}): TestFile {
  return { path, isForAll: false, isAlone: false, hasOwnNetwork: false, seconds: null, ...marks };
}

const FILES = [
  file("server/a_test.ts"),
  file("server/b_test.ts", { isAlone: true }),
  file("server/long_test.ts", { seconds: 30 }),
  file("bench/e2e/short_test.ts", { hasOwnNetwork: true }),
  file("bench/e2e/long_test.ts", { seconds: 90 }),
  file("bench/e2e/limited_test.ts", { seconds: 180, isAlone: true, isForAll: true }),
];

const pathsOf = (files: readonly TestFile[]) => files.map(({ path }) => path);

Deno.test("select() leaves out what is for --all, unless it is named or looked for", () => {
  const wanted = { all: false, paths: [] };
  assert.deepEqual(pathsOf(select(FILES, wanted)), pathsOf(FILES.slice(0, 5)));
  assert.deepEqual(select(FILES, { ...wanted, all: true }), FILES);
  assert.deepEqual(select(FILES, { ...wanted, filter: "limit" }), FILES);
  const named = select(FILES, { ...wanted, paths: ["./bench/e2e/limited_test.ts", "server/"] });
  assert.deepEqual(pathsOf(named), [
    "server/a_test.ts",
    "server/b_test.ts",
    "server/long_test.ts",
    "bench/e2e/limited_test.ts",
  ]);
});

Deno.test("select() refuses a path without tests by its name", () => {
  const wanted = { all: false, paths: ["server/a"] };
  assert.throws(() => select(FILES, wanted), /Cannot find tests in server\/a:/);
});

Deno.test("jobsOf() begins with the longest and ends with those that run alone", () => {
  assert.deepEqual(jobsOf(FILES), [
    { files: ["bench/e2e/long_test.ts"], isAlone: false, hasOwnNetwork: false },
    { files: ["server/long_test.ts"], isAlone: false, hasOwnNetwork: false },
    { files: ["bench/e2e/short_test.ts"], isAlone: false, hasOwnNetwork: true },
    { files: ["server/a_test.ts"], isAlone: false, hasOwnNetwork: false },
    { files: ["bench/e2e/limited_test.ts"], isAlone: true, hasOwnNetwork: false },
    { files: ["server/b_test.ts"], isAlone: true, hasOwnNetwork: false },
  ]);
});

Deno.test("jobsOf() leaves no file out and takes none twice", () => {
  const many = Array.from({ length: 100 }, (_, index) => file(`client/${index}_test.ts`));
  assert.deepEqual(jobsOf(many).flatMap(({ files }) => files), pathsOf(many));
});
