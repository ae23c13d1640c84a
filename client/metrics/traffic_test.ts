import assert from "node:assert/strict";
import { carriedBytes, TrafficMeter } from "./traffic.ts";

const PHONE = {};

Deno.test("carriedBytes: transports, else the pairs in use, else nothing", () => {
  const pair = { type: "candidate-pair", nominated: true, bytesSent: 5, bytesReceived: 6 };
  const unused = { type: "candidate-pair", nominated: false, bytesSent: 1, bytesReceived: 1 };
  const transport = { type: "transport", bytesSent: 10, bytesReceived: 20 };
  assert.deepEqual(carriedBytes([pair, transport, unused]), { sent: 10, received: 20 });
  assert.deepEqual(carriedBytes([pair, unused]), { sent: 5, received: 6 });
  assert.equal(carriedBytes([{ type: "transport" }, { type: "codec" }]), null);
});

Deno.test("TrafficMeter: rates over the time that readings cover", () => {
  const meter = new TrafficMeter();
  assert.deepEqual(meter.rates, { sentKbps: null, receivedKbps: null });
  meter.add(1_000, PHONE, { sent: 50, received: 9_000 });
  assert.deepEqual(meter.rates, { sentKbps: null, receivedKbps: null });
  meter.add(2_000, PHONE, { sent: 150, received: 134_000 });
  meter.add(3_000, PHONE, { sent: 300, received: 259_000 });
  assert.deepEqual(meter.rates, { sentKbps: 1, receivedKbps: 1_000 });
});

Deno.test("TrafficMeter: another connection begins anew and adds nothing of before", () => {
  const meter = new TrafficMeter();
  meter.add(0, PHONE, { sent: 0, received: 0 });
  meter.add(1_000, PHONE, { sent: 125, received: 250 });
  meter.add(2_000, {}, { sent: 90_000, received: 90_000 });
  assert.deepEqual(meter.rates, { sentKbps: 1, receivedKbps: 2 });
  meter.add(3_000, PHONE, { sent: 10, received: 10 });
  meter.add(4_000, PHONE, { sent: 5, received: 5 });
  meter.add(5_000, PHONE, null);
  meter.add(6_000, PHONE, { sent: 5_000, received: 5_000 });
  assert.deepEqual(meter.rates, { sentKbps: 1, receivedKbps: 2 });
});

Deno.test("TrafficMeter: a reset forgets", () => {
  const meter = new TrafficMeter();
  meter.add(0, PHONE, { sent: 0, received: 0 });
  meter.add(1_000, PHONE, { sent: 125, received: 250 });
  meter.reset();
  meter.add(2_000, PHONE, { sent: 90_000, received: 90_000 });
  assert.deepEqual(meter.rates, { sentKbps: null, receivedKbps: null });
});
