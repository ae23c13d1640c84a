import assert from "node:assert/strict";
import fc from "fast-check";
import { customerOf, isWithin, limitAddress, parseNetwork } from "./ip_network.ts";

Deno.test("limitAddress() gives one name to all IPv6 addresses of one household, and to no others", () => {
  fc.assert(fc.property(fc.ipV6(), fc.bigInt(0n, 2n ** 64n - 1n), (address, host) => {
    const name = limitAddress(address);
    if (!name.endsWith("::/64")) return;
    const hex = host.toString(16).padStart(16, "0").match(/.{4}/g)!.join(":");
    assert.equal(limitAddress(name.replace("::/64", `:${hex}`)), name);
  }));
  assert.equal(limitAddress("2001:db8:0:7:1:2:3:4"), "2001:db8:0:7::/64");
  assert.notEqual(limitAddress("2001:db8:0:7::1"), limitAddress("2001:db8:0:8::1"));
  assert.equal(limitAddress("::1"), "0:0:0:0::/64");
  assert.equal(limitAddress("fe80::1%eth0"), "fe80:0:0:0::/64");
});

Deno.test("limitAddress() leaves IPv4 and what is no address as they are", () => {
  fc.assert(fc.property(fc.ipV4(), (address) => {
    assert.equal(limitAddress(address), address);
    assert.equal(limitAddress(`::ffff:${address}`), address);
  }));
  for (const other of ["tunnel", "", "1.2.3", "2001:db8:0:7::/64"]) {
    assert.equal(limitAddress(other), other);
  }
});

Deno.test("customerOf() widens an address or its /64 to the /48, and leaves IPv4 alone", () => {
  assert.equal(customerOf("2001:db8:1:7::5"), "2001:db8:1::/48");
  assert.equal(customerOf(limitAddress("2001:db8:1:8::5")), "2001:db8:1::/48");
  assert.equal(customerOf("203.0.113.7"), "203.0.113.7");
  assert.equal(customerOf("tunnel"), "tunnel");
});

Deno.test("isWithin() knows the addresses of a network, however they are written", () => {
  const within = (address: string, network: string) => isWithin(address, [parseNetwork(network)!]);
  assert.ok(within("10.255.0.1", "10.0.0.0/8"));
  assert.ok(within("::ffff:10.255.0.1", "10.0.0.0/8"));
  assert.ok(!within("11.0.0.1", "10.0.0.0/8"));
  assert.ok(!within("::a00:1", "10.0.0.0/8"));
  assert.ok(within("203.0.113.7", "203.0.113.7"));
  assert.ok(!within("203.0.113.8", "203.0.113.7"));
  assert.ok(within("fd00:1::9", "fd00::/8"));
  assert.ok(!within("fe80::1", "fd00::/8"));
  assert.ok(within("1.2.3.4", "0.0.0.0/0"));
  assert.ok(!within("::1", "0.0.0.0/0"));
  assert.ok(!within("tunnel", "0.0.0.0/0"));
  assert.ok(!isWithin("10.0.0.1", []));
});

Deno.test("parseNetwork() refuses what is no network", () => {
  for (const text of ["", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "10.0.0.0/8/8", "proxy", "/8"]) {
    assert.equal(parseNetwork(text), null, text);
  }
});
