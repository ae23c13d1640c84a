import assert from "node:assert/strict";
import { SIGNAL_ERROR_CODES } from "@/protocol";
import { errorText } from "./error_text.ts";

Deno.test("errorText() has a sentence of its own for every code", () => {
  const texts = SIGNAL_ERROR_CODES.map(errorText);
  assert.equal(new Set(texts).size, texts.length);
  for (const text of texts) assert.match(text, /^[A-Z].{15,}\.$/);
});
