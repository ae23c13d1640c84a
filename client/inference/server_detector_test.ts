import assert from "node:assert/strict";
import type { Detector, FrameFeed, RelayedFrames } from "./detector.ts";
import { effortFor } from "./effort.ts";
import { ServerDetector } from "./server_detector.ts";
import { FakeFeed } from "./testing/fake_worker.ts";

const SETTINGS = { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null };

function setup() {
  const log: string[] = [];
  const make = (name: string): Detector => {
    log.push(`make ${name}`);
    return {
      expectedMs: name === "sent" ? 1 : 2,
      setFeed: (feed) => void log.push(`${name} ${feed === null ? "rests" : "works"}`),
      setSettings: ({ scoreThreshold }) => void log.push(`${name} ${scoreThreshold}`),
      setEffort: ({ inFlight }) => void log.push(`${name} effort ${inFlight}`),
      close: () => void log.push(`close ${name}`),
    };
  };
  const detector = new ServerDetector({
    settings: SETTINGS,
    sent: () => make("sent"),
    relayed: ({ phone }, { scoreThreshold }) => make(`${phone} ${scoreThreshold}`),
  });
  const feedOf = (relayed?: string): FrameFeed => {
    const feed = new FakeFeed();
    if (relayed === undefined) return feed;
    return Object.assign(feed, { relayed: known[relayed] ??= { phone: relayed } as RelayedFrames });
  };
  const known: Record<string, RelayedFrames> = {};
  return { detector, feedOf, news: () => log.splice(0) };
}

Deno.test("ServerDetector sends frames, and leaves those alone that the server relays", () => {
  const { detector, feedOf, news } = setup();
  detector.setFeed(feedOf());
  detector.setEffort(effortFor("latest-only", "balanced"));
  assert.deepEqual(news(), ["make sent", "sent works", "sent effort 1"]);
  detector.setSettings({ ...SETTINGS, scoreThreshold: 0.7 });
  detector.setFeed(feedOf("anna"));
  assert.deepEqual(news(), [
    "sent 0.7",
    "close sent",
    "make anna 0.7",
    "anna 0.7 effort 1",
    "anna 0.7 works",
  ]);
  assert.equal(detector.expectedMs, 2);
  // A camera that rests is the same one.
  detector.setFeed(null);
  detector.setFeed(feedOf("anna"));
  assert.deepEqual(news(), ["anna 0.7 rests", "anna 0.7 works"]);
  detector.setFeed(feedOf("ben"));
  detector.setFeed(feedOf());
  assert.deepEqual(news().filter((line) => /^(make|close)/.test(line)), [
    "close anna 0.7",
    "make ben 0.7",
    "close ben 0.7",
    "make sent",
  ]);
});

Deno.test("ServerDetector says what a camera of the server would take before it has its frames", () => {
  const { detector, feedOf, news } = setup();
  news();
  const feed = feedOf("ball");
  detector.expectFrames(feed.relayed!);
  detector.expectFrames(feed.relayed!);
  assert.deepEqual(news(), ["close sent", "make ball 0.4"]);
  assert.equal(detector.expectedMs, 2);
  detector.setFeed(feed);
  assert.deepEqual(news(), ["ball 0.4 works"]);
});
