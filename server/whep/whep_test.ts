import assert from "node:assert/strict";
import { Hono } from "hono";
import { MAX_SDP_CHARS } from "@/protocol";
import { parseCameras } from "../base/camera_spec.ts";
import type { AppEnv } from "../base/security.ts";
import type { Visitor } from "../base/visitor.ts";
import { MAX_WHEP_SESSIONS, WhepEndpoints } from "./endpoints.ts";
import { addWhep } from "./routes.ts";

const ENDPOINT = "http://127.0.0.1:1984/api/webrtc?src=yard";
const SPECS = parseCameras([
  `yard=whep:${ENDPOINT}`,
  "gate=whep:https://viewer:hunter2@cam.example/whep",
  "door=rtsp://192.0.2.7/",
]);
const HERE: Visitor = { address: "127.0.0.1", isLocal: true, maySee: true, isTrusted: true };

type Asked = { readonly url: string; readonly init: RequestInit };

/** Routes over endpoints that answer what the test wants. */
function setUp(answer: (asked: Asked) => Response | Promise<Response>, visitor = HERE) {
  const asked: Asked[] = [];
  const endpoints = new WhepEndpoints({
    specs: SPECS,
    fetch: (url, init) => {
      asked.push({ url, init });
      return Promise.resolve(answer({ url, init }));
    },
  });
  const app = new Hono<AppEnv>();
  let addressOfLast = 0;
  addWhep(app, { endpoints, visitorOf: () => visitor });
  const ask = (path: string, init: RequestInit = {}) =>
    // Each from another address: their rate is a test of its own.
    app.request(path, init, { address: `192.0.2.${addressOfLast++ % 200}` } as AppEnv["Bindings"]);
  const offer = (camera: string, body = "v=0\r\noffer") =>
    ask(`/api/cameras/${camera}/whep`, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/sdp" },
    });
  return { app, ask, asked, offer };
}

const created = (location: string | null = "/api/webrtc/sessions/7", body = "v=0\r\nanswer") =>
  new Response(body, { status: 201, headers: location === null ? {} : { Location: location } });

const codeOf = async (response: Response) => `${response.status} ${(await response.json()).code}`;

Deno.test("a page's offer goes to the endpoint of the camera, and its end as well", async () => {
  const { ask, asked, offer } = setUp(({ init }) =>
    init.method === "DELETE" ? new Response(null, { status: 200 }) : created()
  );
  const response = await offer("yard");
  assert.equal(response.status, 201);
  assert.equal(await response.text(), "v=0\r\nanswer");
  assert.equal(asked[0]!.url, ENDPOINT);
  assert.equal(asked[0]!.init.body, "v=0\r\noffer");
  const location = response.headers.get("Location")!;
  assert.match(location, /^\/api\/cameras\/yard\/whep\/[0-9a-f-]{36}$/);
  // Of another camera it is none.
  await ask(location.replace("yard", "gate"), { method: "DELETE" });
  assert.equal(asked.length, 1);
  for (let n = 0; n < 2; n++) {
    assert.equal((await ask(location, { method: "DELETE" })).status, 204);
  }
  assert.equal(asked.length, 2);
  assert.equal(asked[1]!.url, "http://127.0.0.1:1984/api/webrtc/sessions/7");
});

Deno.test("a password of the address goes to that endpoint in a header, and nowhere else", async () => {
  const { asked, offer } = setUp(() => created("https://other.example/steal"));
  const response = await offer("gate");
  assert.equal(asked[0]!.url, "https://cam.example/whep");
  const headers = new Headers(asked[0]!.init.headers);
  assert.equal(headers.get("Authorization"), `Basic ${btoa("viewer:hunter2")}`);
  assert.ok(!JSON.stringify([...response.headers]).includes("hunter2"));
  // A resource elsewhere is not spoken to.
  const path = response.headers.get("Location")!;
  await (await offer("yard")).body?.cancel();
  assert.equal(asked.length, 2);
  assert.ok(path.startsWith("/api/cameras/gate/whep/"));
});

Deno.test("only endpoints that the operator named are spoken to, and only for who may see them", async () => {
  const { asked, offer, ask } = setUp(() => created());
  for (const camera of ["door", "nobody", "http:%2F%2F10.0.0.1", "__proto__", "..%2F.."]) {
    assert.equal((await offer(camera)).status, 404, camera);
  }
  const json = { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } };
  assert.equal(await codeOf(await ask("/api/cameras/yard/whep", json)), "415 not-sdp");
  assert.equal(await codeOf(await offer("yard", "x".repeat(MAX_SDP_CHARS + 1))), "413 too-large");
  const stranger = setUp(() => created(), { ...HERE, isLocal: false, isTrusted: false });
  assert.equal(await codeOf(await stranger.offer("yard")), "403 not-allowed");
  assert.equal(asked.length + stranger.asked.length, 0);
});

Deno.test("what an endpoint answers instead of a video is refused by name", async () => {
  const answers: [() => Response | Promise<Response>, string][] = [
    [() => Promise.reject(new TypeError("no route")), "502 unreachable"],
    [() => new Response("no", { status: 404 }), "502 endpoint-refused"],
    [
      () => new Response(null, { status: 302, headers: { Location: "http://10.0.0.1/" } }),
      "502 endpoint-refused",
    ],
    [() => new Response("<html>", { status: 200 }), "502 bad-answer"],
    [() => new Response("v=0" + "x".repeat(MAX_SDP_CHARS), { status: 201 }), "502 bad-answer"],
  ];
  for (const [answer, code] of answers) {
    const { asked, offer } = setUp(answer);
    assert.equal(await codeOf(await offer("yard")), code);
    assert.equal(asked[0]!.init.redirect, "manual");
  }
});

Deno.test("offers of one address are paced, and sessions bounded: the oldest plays on, forgotten", async () => {
  const { app, ask, asked, offer } = setUp(() => created());
  const ends = () => asked.filter(({ init }) => init.method === "DELETE").length;
  const locations: string[] = [];
  for (let n = 0; n <= MAX_WHEP_SESSIONS; n++) {
    locations.push((await offer("yard")).headers.get("Location")!);
  }
  assert.equal(ends(), 0);
  for (const location of locations.slice(0, 2)) await ask(location, { method: "DELETE" });
  assert.equal(ends(), 1);
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) {
    const init = { method: "POST", body: "v=0", headers: { "Content-Type": "application/sdp" } };
    const env = { address: "192.0.2.250" } as AppEnv["Bindings"];
    statuses.push((await app.request("/api/cameras/yard/whep", init, env)).status);
  }
  assert.ok(statuses.includes(429));
});
