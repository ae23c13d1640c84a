import assert from "node:assert/strict";
import jsQR from "jsqr";
import {
  bannerText,
  drawQr,
  newAddressText,
  passwordNotes,
  tunnelNotes,
  turnNotes,
} from "./banner.ts";

const MODULE_PX = 4;

/** Paints the drawn characters as a camera would see them: two modules each, dark on light. */
function pixelsOf(drawn: string): { data: Uint8ClampedArray; width: number; height: number } {
  const lines = drawn.split("\n").map((line) => [...line]);
  const columns = lines[0]!.length;
  const [width, height] = [columns * MODULE_PX, lines.length * 2 * MODULE_PX];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = Math.floor(y / MODULE_PX);
      const char = lines[row >> 1]![Math.floor(x / MODULE_PX)];
      const isDark = char === "█" || char === (row % 2 === 0 ? "▀" : "▄");
      if (isDark) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { data, width, height };
}

Deno.test("drawQr() draws what a camera reads back", async () => {
  const url = "https://192.168.1.20:3443/j/AAAAAAAAAAAAAAAAAAAAAA";
  const { data, width, height } = pixelsOf(await drawQr(url, false));
  // Typed as a namespace by its package, though it is a function.
  const decode = jsQR as unknown as typeof jsQR.default;
  assert.equal(decode(data, width, height)?.data, url);
});

Deno.test("bannerText() names both addresses, the mode and the model", () => {
  const facts = {
    laptopUrl: "http://localhost:3000/",
    phoneOrigin: "https://192.168.1.20:3443",
    doorUrl: "https://192.168.1.20:3443/j/x",
    mode: "wasm",
    model: "Fake",
    notes: ["TURN:              turn:t.example"],
  };
  const text = bannerText({ ...facts, qr: "QR" });
  for (const fact of [...Object.values(facts).flat(), "QR"]) assert.ok(text.includes(fact), fact);
  assert.ok(!bannerText({ ...facts, qr: null }).includes(facts.doorUrl));
  const alone = bannerText({ ...facts, phoneOrigin: null, doorUrl: null, qr: null });
  assert.match(alone, /On the phone: +no address, see the note/);
});

Deno.test("tunnelNotes() warns of the service's own page, and of a server that is open to all", () => {
  const open = tunnelNotes("press Visit Site there", false).join("\n");
  assert.match(open, /press Visit Site/);
  assert.match(open, /can open rooms of their own[^]*--password/);
  assert.deepEqual(tunnelNotes(null, true), []);
  assert.match(tunnelNotes("it asks for an address", true).join(), /asks for an address/);
});

Deno.test("turnNotes() says whose rooms get TURN", () => {
  const turn = { urls: ["turn:t.example"], secret: "hush", ttlS: 600 };
  const notes = (turnFor: "owners" | "everybody", hasPassword: boolean) =>
    turnNotes({ turn, turnFor, password: hasPassword ? { kind: "made" } : null }).join("\n");
  assert.match(
    notes("owners", false),
    /turn:t\.example\n.*opened on this computer; others: --password/,
  );
  assert.match(notes("owners", true), /or by those who gave the password/);
  assert.match(notes("everybody", false), /everybody's rooms/);
  assert.ok(!notes("owners", true).includes("hush"));
  assert.deepEqual(turnNotes({ turn: null, turnFor: "owners", password: null }), []);
});

Deno.test("passwordNotes() shows a password only where nobody could know it", () => {
  const made = { password: { kind: "made" } } as const;
  const given = { password: { kind: "given", text: "correct horse" } } as const;
  assert.match(passwordNotes(made, "k7mq-3xwd").join(), /k7mq-3xwd/);
  assert.ok(!passwordNotes(given, "correct horse").join().includes("correct horse"));
  assert.deepEqual(passwordNotes({ password: null }, null), []);
});

Deno.test("newAddressText() names the new address, with its QR code", () => {
  const text = newAddressText({
    phoneOrigin: "https://b.example",
    doorUrl: "https://b.example/j#x",
    qr: "QR",
  });
  for (const part of ["https://b.example/j", "QR", "/j#x"]) assert.ok(text.includes(part));
});
