import assert from "node:assert/strict";
import { encoderProblem, NO_FFMPEG, sourceProblem, unableToStart } from "./problems.ts";

Deno.test("sourceProblem() says in words what ffmpeg says, and nothing of an address", () => {
  const said: [string, RegExp][] = [
    ["[rtsp @ 0x5] method DESCRIBE failed: 401 Unauthorized", /name or the password/],
    [
      "[tcp @ 0x5] Connection to tcp://10.1.2.3:554?timeout=0 failed: Connection refused",
      /answers/,
    ],
    ["rtsp://cam.example/x: Name or service not known", /cannot be reached/],
    ["rtsp://10.1.2.3/x: Connection timed out", /cannot be reached/],
    ["file:/srv/secret/a.mp4: No such file or directory", /no such file/],
    ["/dev/video0: Device or resource busy", /Another program/],
    ["/srv/a.txt: Invalid data found when processing input", /cannot be read/],
    ["Unrecognized option 'fps_mode'.", /5\.1 or newer/],
    ["something else at rtsp://10.1.2.3/", /ended/],
  ];
  for (const [line, sentence] of said) {
    const problem = sourceProblem("rtsp", ["[a @ 0x1] something", line]);
    assert.match(problem, sentence, line);
    assert.doesNotMatch(problem, /10\.1|cam\.example|secret/);
  }
  assert.match(sourceProblem("file", []), /file ended/);
});

Deno.test("encoderProblem() and unableToStart() tell what a person can mend", () => {
  assert.match(encoderProblem(["Unknown encoder 'libx264'"]), /libx264/);
  assert.match(encoderProblem([]), /cannot be encoded/);
  assert.equal(unableToStart(new Deno.errors.NotFound("no")), NO_FFMPEG);
  assert.equal(unableToStart(new Error("no memory")), null);
});
