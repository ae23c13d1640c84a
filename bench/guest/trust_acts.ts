/** Acts on what is somebody else's: issue numbers 8, 9, 10, 12, 13 and 14. */
import { RawPeer, secret } from "../room_client.ts";
import { ACTING_ADDRESSES, ask, enterNew, type GuestAct, GuestWon, pause } from "./act.ts";

/** Of requests one after the other, so that a guest takes no whole processor. */
const PACE_MS = 15;

const EVIL = "https://evil.example";

export const otherSite: GuestAct = {
  name: "other-site",
  title: "what a page of another site can have a browser do",
  async run(tools) {
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    const kinds = [
      ["POST /sign-in", { ...form, Origin: EVIL, "Sec-Fetch-Site": "cross-site" }, "password=x"],
      ["POST /j", { ...form, Origin: "null", "Sec-Fetch-Site": "cross-site" }, "code=ABCDEF"],
      ["POST /api/link/stream", { "Content-Type": "text/plain", Origin: EVIL }, "{}"],
      ["POST /api/link/send", { "Content-Type": "text/plain", Origin: "null" }, "{}"],
      ["POST /api/detect", { "Content-Type": "text/plain", Origin: EVIL }, "x"],
      ["POST /api/models/add", { "Content-Type": "text/plain", Origin: EVIL }, "x"],
      ["GET /api/config", { Origin: EVIL, "Sec-Fetch-Site": "cross-site" }, ""],
    ] as const;
    let tried = 0;
    for (; tools.goesOn(); tried++) {
      const [line, headers, body] = kinds[tried % kinds.length]!;
      const { status, head } = await ask(tools.target(tried % 8), line, { headers, body });
      tools.tally(`${line}: ${status}`);
      if (status !== null && status < 400) {
        throw new GuestWon(`${line} from another site: ${status}`);
      }
      if (/access-control-allow-origin/i.test(head)) throw new GuestWon(`${line} may be read`);
      await pause(PACE_MS);
    }
    return { tried, what: "forms, scripts and navigations with another site's Origin" };
  },
};

export const webhookEvents: GuestAct = {
  name: "webhook-events",
  title: "events for the webhook, from rooms of their own",
  async run(tools) {
    let tried = 0;
    const page = await enterNew(tools, 0);
    for (; page !== null && tools.goesOn(); tried++) {
      const { status } = await ask(
        tools.target(tried % ACTING_ADDRESSES),
        `POST /api/rooms/${page.room.roomId}/events`,
        {
          headers: {
            Authorization: `Bearer ${page.room.owner}`,
            "Content-Type": "application/json",
          },
          body: "{}",
        },
      );
      tools.tally(`event: ${status}`);
      if (status !== null && status < 400) throw new GuestWon(`an event was taken: ${status}`);
      if (tried % 50 === 0) await page.peer.send({ type: "ping", nonce: tried });
      await pause(PACE_MS);
    }
    return { tried, what: "POSTs with the token of an own room" };
  },
};

export const turnCredentials: GuestAct = {
  name: "turn-credentials",
  title: "credentials of the TURN server, from rooms of their own",
  async run(tools) {
    let tried = 0;
    for (; tools.goesOn(); tried++) {
      const page = await enterNew(tools, tried % ACTING_ADDRESSES);
      if (page !== null && JSON.stringify(page.joined).includes('"credential"')) {
        throw new GuestWon("a stranger's room got credentials");
      }
      if (page !== null) tools.tally("a room without");
      page?.peer.close();
      await pause(PACE_MS * 4);
    }
    return { tried, what: `rooms from ${ACTING_ADDRESSES} addresses` };
  },
};

export const guesses: GuestAct = {
  name: "guesses",
  title: "wrong passwords and codes from many addresses",
  async run(tools) {
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    let tried = 0;
    for (; tools.goesOn(); tried++) {
      const isPassword = tools.password !== null && tried % 2 === 0;
      const [line, body] = isPassword
        ? ["POST /sign-in", `password=${secret()}`]
        : ["POST /j", `code=${secret().slice(0, 6)}`];
      const { status } = await ask(tools.target(tried >> 1), line, { headers: form, body });
      tools.tally(`${line}: ${status}`);
      if (status === 303) throw new GuestWon(`${line} took a guess`);
      await pause(PACE_MS);
    }
    if (tools.password !== null) {
      // Somebody who comes new, from an address that has not guessed.
      const body = `password=${encodeURIComponent(tools.password)}`;
      const { status } = await ask(tools.elsewhere, "POST /sign-in", {
        headers: form,
        body,
      });
      tools.tally(`the right password of somebody else: ${status}`);
      if (status !== 303) throw new GuestWon(`the right password was not taken: ${status}`);
    }
    return { tried, what: `guesses from ${ACTING_ADDRESSES} addresses` };
  },
};

export const strangersQuestions: GuestAct = {
  name: "strangers-questions",
  title: "what a stranger is told, and can fill the log with",
  async run(tools) {
    let tried = 0;
    for (; tools.goesOn(); tried++) {
      const target = tools.target(tried % ACTING_ADDRESSES);
      const kind = tried % 4;
      if (kind === 0) {
        const { status, text } = await ask(target, "GET /api/config");
        tools.tally(`/api/config: ${status}`);
        if (tools.password !== null && /version"|"mode"|webhook/.test(text)) {
          throw new GuestWon(`/api/config tells ${text.slice(0, 200)}`);
        }
      } else if (kind === 3) {
        const peer = await RawPeer.open(target).catch(() => null);
        const key = `leak${secret()}`;
        await peer?.send({ type: "join", [key]: 1 });
        const answer = await peer?.next(3_000);
        tools.tally(`an unknown key: ${answer?.code ?? "closed"}`);
        if (JSON.stringify(answer ?? {}).includes(key)) throw new GuestWon("a key was repeated");
        peer?.close();
      } else {
        const Host = kind === 1 ? "127.0.0.1:99999" : "evil.example";
        const { status } = await ask(target, "GET /", { headers: { Host } });
        tools.tally(`Host ${Host}: ${status}`);
        if (status !== null && status !== 421 && status !== 400) {
          throw new GuestWon(`Host ${Host} was answered with ${status}`);
        }
      }
      await pause(PACE_MS);
    }
    return { tried, what: "configuration, hosts that are not, messages with unknown keys" };
  },
};

export const modelFiles: GuestAct = {
  name: "model-files",
  title: "model files of a stranger",
  async run(tools) {
    let tried = 0;
    for (; tools.goesOn(); tried++) {
      const target = tools.target(tried % 8);
      const own = `http://localhost:${target.port}`;
      const { status } = await ask(target, "POST /api/models/add?name=x", {
        headers: { "Content-Type": "application/octet-stream", Origin: own },
        body: crypto.getRandomValues(new Uint8Array(253)),
      });
      tools.tally(`a file: ${status}`);
      if (status !== null && status < 400) throw new GuestWon(`a model was taken: ${status}`);
      await pause(PACE_MS);
    }
    return { tried, what: "uploads of 253 bytes" };
  },
};
