import assert from "node:assert/strict";
import fc from "fast-check";
import { isProxied, readForwarded, UNKNOWN_ADDRESS } from "./forwarded.ts";

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

Deno.test("readForwarded() gives one network to all IPv6 addresses of one person", () => {
  fc.assert(fc.property(fc.ipV6(), fc.bigInt(0n, 2n ** 64n - 1n), (address, host) => {
    const network = read(address);
    if (!network.endsWith("::/64")) return;
    const hex = host.toString(16).padStart(16, "0").match(/.{4}/g)!.join(":");
    assert.equal(read(network.replace("::/64", `:${hex}`)), network);
  }));
  assert.equal(read("2001:db8:0:7:1:2:3:4"), "2001:db8:0:7::/64");
  assert.equal(read("::1"), "0:0:0:0::/64");
  assert.equal(read("fe80::1%eth0"), "fe80:0:0:0::/64");
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
