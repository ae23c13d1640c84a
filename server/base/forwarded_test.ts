import assert from "node:assert/strict";
import fc from "fast-check";
import { forwardedBy, isProxied, readForwarded, UNKNOWN_ADDRESS } from "./forwarded.ts";
import { parseNetwork } from "./ip_network.ts";

const read = (value: string, name: "x-forwarded-for" | "cf-connecting-ip" = "x-forwarded-for") =>
  readForwarded(new Headers({ [name]: value }), name).address;

/** What can stand in a header that a client sends. */
const junk = fc.string({ maxLength: 400, unit: "grapheme-ascii" });

Deno.test("readForwarded() takes the last address, whatever a client puts in front of it", () => {
  fc.assert(fc.property(junk, fc.ipV4(), (before, address) => {
    assert.equal(read(`${before}, ${address}`), address);
    assert.equal(read(`${before},${address} `), address);
  }));
});

Deno.test("readForwarded() never makes an address of anything else, nor a long one", () => {
  fc.assert(fc.property(junk, (value) => {
    const address = read(value);
    assert.ok(address.length <= 64);
    assert.match(address, /^(tunnel|\d+\.\d+\.\d+\.\d+|[0-9a-f]+(:[0-9a-f]+){3}::\/64)$/);
  }));
});

Deno.test("readForwarded() names IPv6 addresses by their network", () => {
  assert.equal(read("2001:db8:0:7:1:2:3:4"), "2001:db8:0:7::/64");
  assert.equal(read("::ffff:203.0.113.7"), "203.0.113.7");
});

Deno.test("readForwarded() reads the header of its service only, and copes without it", () => {
  const headers = new Headers({ "cf-connecting-ip": "203.0.113.7" });
  assert.equal(readForwarded(headers, "x-forwarded-for").address, UNKNOWN_ADDRESS);
  assert.equal(read("203.0.113.7", "cf-connecting-ip"), "203.0.113.7");
  for (const broken of ["", ",", "1.2.3", "1.2.3.4:5678", "[::1]", "localhost", "1.2.3.4;x"]) {
    assert.equal(read(broken), UNKNOWN_ADDRESS, broken);
  }
});

Deno.test("readForwarded() calls plain HTTP insecure, and nothing else", () => {
  const isSecure = (proto: string) =>
    readForwarded(new Headers({ "x-forwarded-proto": proto }), "x-forwarded-for").isSecure;
  assert.equal(isSecure("http"), false);
  assert.equal(isSecure(" HTTP "), false);
  assert.equal(isSecure("https"), true);
  assert.equal(readForwarded(new Headers(), "x-forwarded-for").isSecure, true);
});

Deno.test("isProxied() sees each header that a proxy adds", () => {
  assert.equal(isProxied(new Headers({ host: "localhost", cookie: "a=b" })), false);
  for (const name of ["Forwarded", "X-Forwarded-For", "CF-Connecting-IP", "Via"]) {
    assert.equal(isProxied(new Headers({ [name]: "x" })), true, name);
  }
});

/** What is known of a request over plain HTTP from `peer`, where proxies are at 10.0.0.0/8 and fd00::1. */
function by(peer: string, given: Record<string, string>) {
  const proxies = ["10.0.0.0/8", "fd00::1"].map((text) => parseNetwork(text)!);
  return forwardedBy(peer, { headers: new Headers(given), isSecure: false }, proxies);
}

Deno.test("forwardedBy() believes the headers of a trusted proxy, and of nobody else", () => {
  const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };
  assert.deepEqual(by("10.1.1.1", headers), { address: "203.0.113.7", isSecure: true });
  assert.deepEqual(by("fd00::1", headers), { address: "203.0.113.7", isSecure: true });
  assert.deepEqual(by("192.0.2.1", headers), { address: "192.0.2.1", isSecure: false });
  assert.deepEqual(by("fd00::2", headers), { address: "fd00:0:0:0::/64", isSecure: false });
  assert.deepEqual(by("10.1.1.1", {}), { address: "10.1.1.1", isSecure: false });
});

Deno.test("forwardedBy() takes the last address that is no proxy, whatever a client puts in front", () => {
  fc.assert(fc.property(junk, (before) => {
    const hops = `${before}, 203.0.113.7, 10.2.2.2`;
    assert.equal(by("10.1.1.1", { "x-forwarded-for": hops }).address, "203.0.113.7");
  }));
  const from = (hops: string) => by("10.1.1.1", { "x-forwarded-for": hops }).address;
  assert.equal(from("2001:db8:0:7::1, 10.2.2.2"), "2001:db8:0:7::/64");
  assert.equal(from("10.3.3.3, 10.2.2.2"), "10.3.3.3");
  assert.equal(from("203.0.113.7, unknown"), "10.1.1.1");
});
