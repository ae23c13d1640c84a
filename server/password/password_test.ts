import assert from "node:assert/strict";
import fc from "fast-check";
import { COOKIE_NAME, cookieValues, DEVICE_COOKIE_NAME, PasswordGate } from "./gate.ts";
import { drawPassword, PasswordCheck } from "./password.ts";
import { SIGN_IN_MS, SignIns } from "./sign_ins.ts";

const PASSWORD = "correct horse";

Deno.test("PasswordCheck knows its password and no other text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
    const check = new PasswordCheck(a);
    assert.equal(check.matches(a), a.length <= 256);
    assert.equal(check.matches(b), a.normalize("NFC") === b.normalize("NFC"));
  }));
  assert.equal(new PasswordCheck("é").matches("é"), true);
  assert.equal(new PasswordCheck("x").matches("x".repeat(1_000_000)), false);
});

Deno.test("drawPassword() draws letters and digits that are not mistaken, each as likely", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 2_000; i++) {
    const password = drawPassword();
    assert.match(password, /^[2-9a-hjkmnp-z]{4}(-[2-9a-hjkmnp-z]{4}){3}$/);
    for (const char of password.replaceAll("-", "")) {
      counts.set(char, (counts.get(char) ?? 0) + 1);
    }
  }
  // 32 000 of 31: 1032 each, with a spread of 32.
  assert.equal(counts.size, 31);
  for (const [char, count] of counts) assert.ok(count > 800 && count < 1270, `${char} ${count}`);
});

Deno.test("SignIns takes back what it issued until its time is over or it is signed out", () => {
  const signIns = new SignIns();
  const [a, b] = [signIns.issue(0), signIns.issue(0)];
  assert.ok(signIns.isValid(a, SIGN_IN_MS - 1));
  assert.ok(!signIns.isValid(a, SIGN_IN_MS));
  signIns.revoke(a, 1);
  assert.ok(!signIns.isValid(a, 1));
  assert.ok(signIns.isValid(b, 1));
  assert.ok(!new SignIns().isValid(b, 1), "another start has another key");
});

Deno.test("SignIns takes nothing that it did not issue, bit for bit", () => {
  const signIns = new SignIns();
  const value = signIns.issue(0);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(signIns.isValid(text, 1), text === value);
  }));
  fc.assert(fc.property(fc.nat(value.length - 1), fc.constantFrom(..."A1._-z"), (at, char) => {
    const changed = value.slice(0, at) + char + value.slice(at + 1);
    assert.equal(signIns.isValid(changed, 1), changed === value);
  }));
  const [id, , mac] = value.split(".");
  assert.ok(!signIns.isValid(`${id}.zzzzzzzz.${mac}`, 1), "a longer time needs another signature");
});

Deno.test("cookieValues() finds our cookie among others, and is not led astray by their values", () => {
  const values = (cookie: string) => cookieValues(new Headers({ cookie }));
  assert.deepEqual(values(`a=b; ${COOKIE_NAME}=x; c=d`), ["x"]);
  assert.deepEqual(values(`a=${COOKIE_NAME}=x;x${COOKIE_NAME}=y`), []);
  assert.equal(values(`${COOKIE_NAME}=x;`.repeat(100)).length, 4);
  assert.deepEqual(values(`${COOKIE_NAME}=x;${"y".repeat(20_000)}`), []);
  assert.deepEqual(cookieValues(new Headers()), []);
});

Deno.test("PasswordGate lets in who knows the password, until they sign out", () => {
  const gate = new PasswordGate(PASSWORD, () => 0);
  const answer = gate.signIn(` ${PASSWORD} `, "203.0.113.1");
  assert.ok(answer.kind === "signed-in");
  const headers = new Headers({ cookie: `${COOKIE_NAME}=${answer.cookie}` });
  assert.ok(gate.isSignedIn(headers));
  assert.ok(!gate.isSignedIn(new Headers()));
  gate.signOut(headers);
  assert.ok(!gate.isSignedIn(headers));
});

Deno.test("PasswordGate slows guesses of one address, whatever it guesses, and not its neighbour", () => {
  let nowMs = 0;
  const gate = new PasswordGate(PASSWORD, () => nowMs);
  for (let guess = 0; guess < 10; guess++) {
    assert.equal(gate.signIn(`guess ${guess}`, "203.0.113.1").kind, "wrong");
  }
  const refused = gate.signIn(PASSWORD, "203.0.113.1");
  assert.ok(refused.kind === "too-fast");
  assert.equal(gate.signIn(PASSWORD, "203.0.113.2").kind, "signed-in");
  nowMs += refused.retryAfterMs;
  assert.equal(gate.signIn(PASSWORD, "203.0.113.1").kind, "signed-in");
});

Deno.test("PasswordGate lets the right password in while many addresses guess", () => {
  const gate = new PasswordGate(PASSWORD, () => 0);
  const guess = () =>
    Array.from({ length: 500 }, (_, n) => gate.signIn("guess", `10.0.0.${n}`).kind);
  guess();
  assert.deepEqual([...new Set(guess())], ["too-fast"]);
  assert.equal(gate.signIn(PASSWORD, "203.0.113.1").kind, "signed-in");
});

Deno.test("PasswordGate holds no known device up by guesses of strangers, not even at its own address", () => {
  const gate = new PasswordGate(PASSWORD, () => 0);
  const first = gate.signIn(PASSWORD, "203.0.113.1");
  assert.ok(first.kind === "signed-in");
  const known = new Headers({ cookie: `a=b; ${DEVICE_COOKIE_NAME}=${first.device}` });
  for (let guess = 0; guess < 20; guess++) gate.signIn("guess", "203.0.113.1");
  assert.equal(gate.signIn(PASSWORD, "203.0.113.1").kind, "too-fast");
  const forged = new Headers({ cookie: `${DEVICE_COOKIE_NAME}=${first.device.slice(0, -1)}x` });
  assert.equal(gate.signIn(PASSWORD, "203.0.113.1", forged).kind, "too-fast");
  const again = gate.signIn(PASSWORD, "203.0.113.1", known);
  assert.ok(again.kind === "signed-in");
  assert.equal(again.device, first.device, "no sign-in brings further guesses");
  // It is a device, not a sign-in; its own guesses are slowed.
  assert.ok(!gate.isSignedIn(known));
  for (let guess = 0; guess < 10; guess++) gate.signIn("guess", "203.0.113.9", known);
  assert.equal(gate.signIn(PASSWORD, "203.0.113.9", known).kind, "too-fast");
});

Deno.test("PasswordGate and its sessions do not feel a clock that is set back or forward", () => {
  const gate = new PasswordGate(PASSWORD);
  const signedIn = gate.signIn(PASSWORD, "203.0.113.2");
  assert.ok(signedIn.kind === "signed-in");
  for (let guess = 0; guess < 10; guess++) gate.signIn("wrong", "203.0.113.1");
  const { now } = Date;
  try {
    for (const hours of [-1, 48]) {
      Date.now = () => now() + hours * 3_600_000;
      const answer = gate.signIn("wrong", "203.0.113.1");
      assert.ok(answer.kind === "too-fast" && answer.retryAfterMs <= 6_000, `${hours} h`);
      const headers: Headers = new Headers({ cookie: `${COOKIE_NAME}=${signedIn.cookie}` });
      assert.ok(gate.isSignedIn(headers), `${hours} h`);
    }
  } finally {
    Date.now = now;
  }
});

Deno.test("PasswordGate knows sign-ins of another start or node that shares its secret and password", () => {
  // Their clocks since their starts have nothing to do with each other.
  const gate = (nowMs: number, secret: string, password = PASSWORD) =>
    new PasswordGate(password, () => nowMs, { secret, wallNow: () => 1_000_000 });
  const first = gate(5, "a secret of all nodes");
  const told: string[] = [];
  first.onSignOut = (id) => told.push(id);
  const answer = first.signIn(PASSWORD, "203.0.113.1");
  assert.ok(answer.kind === "signed-in");
  const headers = new Headers({ cookie: `${COOKIE_NAME}=${answer.cookie}` });
  const second = gate(9_000_000, "a secret of all nodes");
  assert.ok(second.isSignedIn(headers));
  assert.ok(!gate(5, "another secret").isSignedIn(headers));
  assert.ok(!gate(5, "a secret of all nodes", "another password").isSignedIn(headers));
  const device = new Headers({ cookie: `${COOKIE_NAME}=${answer.device}` });
  assert.ok(!second.isSignedIn(device), "a device's cookie is no session");
  first.signOut(headers);
  first.signOut(headers);
  assert.equal(told.length, 1);
  second.signedOut(told[0]!);
  assert.ok(!second.isSignedIn(headers));
});
