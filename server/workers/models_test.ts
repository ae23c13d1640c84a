import assert from "node:assert/strict";
import { agreeOn } from "./models.ts";

const A = "a".repeat(16);
const B = "b".repeat(16);

Deno.test("agreeOn() goes by this machine's own file, and names who has another", () => {
  const { checksums, refused } = agreeOn({ name: "local", models: { m: A } }, [
    { name: "w1", models: { m: B, n: B } },
    { name: "w2", models: { m: A } },
  ]);
  assert.deepEqual([...checksums], [["m", A], ["n", B]]);
  assert.deepEqual(refused.length, 1);
  assert.match(refused[0]!, /^m on w1 is another file \(SHA-256 b{16}…, not a{16}…\)/);
});

Deno.test("agreeOn() without a file here goes by most workers, the same in whatever order", () => {
  const workers = [
    { name: "w1", models: { m: B } },
    { name: "w2", models: { m: A } },
    { name: "w3", models: { m: B } },
  ];
  for (const others of [workers, workers.toReversed()]) {
    const { checksums, refused } = agreeOn(null, others);
    assert.equal(checksums.get("m"), B);
    assert.deepEqual(refused.map((sentence) => sentence.split(" is ")[0]), ["m on w2"]);
  }
  const [, two, three] = workers;
  assert.equal(agreeOn(null, [two!, three!]).checksums.get("m"), A);
  assert.equal(agreeOn(null, [three!, two!]).checksums.get("m"), A);
});
