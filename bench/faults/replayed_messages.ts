/** Messages that the server took once, sent again, byte for byte, by somebody else. */
import { tally } from "./fault_case.ts";
import type { RawPeer, ServerMessage } from "../room_client.ts";

/** What was overheard, as it was sent. */
export interface Overheard {
  /** Of the phone, to the owner. */
  readonly offer: string;
  /** Of the owner: to connect its stream of frames; to end it. */
  readonly streamOffer: string;
  readonly streamClose: string;
  /** Of the owner: it wants the phone's pictures through the server; and wants them no more. */
  readonly relayOpen: string;
  readonly relayClose: string;
  readonly codeRequest: string;
}

/** Who sends them again. */
export interface Replayers {
  readonly "another room's owner": RawPeer;
  readonly "another room's phone": RawPeer;
  readonly "a view-only viewer": RawPeer;
  readonly "the room's other phone": RawPeer;
}

/** `null`: nothing is answered, for it is taken as the sender's own. */
type Expected = Readonly<Partial<Record<keyof Overheard, string | null>>>;

/** What they must be answered; an owner or viewer may say some of it about what is its own. */
const EXPECTED: Readonly<Record<keyof Replayers, Expected>> = {
  "another room's owner": {
    offer: "unknown-peer",
    streamOffer: "ended closed",
    streamClose: "ended closed",
    relayOpen: "ended gone",
    relayClose: null,
  },
  "another room's phone": {
    offer: "unknown-peer",
    streamOffer: "not-allowed",
    streamClose: "not-allowed",
    relayOpen: "not-allowed",
    relayClose: "not-allowed",
    codeRequest: "not-allowed",
  },
  "a view-only viewer": {
    offer: "unknown-peer",
    streamOffer: "ended closed",
    streamClose: "ended closed",
    relayClose: null,
    codeRequest: "not-allowed",
  },
  "the room's other phone": {
    // Its own offer, then: the owner must hear it under its own name.
    offer: null,
    streamOffer: "not-allowed",
    streamClose: "not-allowed",
    relayOpen: "not-allowed",
    relayClose: "not-allowed",
    codeRequest: "not-allowed",
  },
};

/** Sends everything again, by everybody who must not get anywhere with it. */
export async function replayMessages(
  overheard: Overheard,
  replayers: Replayers,
  answers: Record<string, number>,
): Promise<{ tried: number; violations: string[] }> {
  const violations: string[] = [];
  let tried = 0;
  for (const [who, expected] of Object.entries(EXPECTED)) {
    const peer = replayers[who as keyof Replayers];
    for (const [what, wanted] of Object.entries(expected)) {
      await peer.sendText(overheard[what as keyof Overheard]);
      const answer = await answerOf(peer, ++tried);
      tally(answers, `${what} by ${who}: ${answer ?? "no answer"}`);
      if (answer !== wanted) {
        violations.push(`${what} by ${who}: ${answer ?? "no answer"} and not ${wanted}`);
      }
    }
  }
  return { tried, violations };
}

/** What is answered before the next pong; what is said of others that come and go is no answer. */
async function answerOf(peer: RawPeer, nonce: number): Promise<string | null> {
  await peer.send({ type: "ping", nonce });
  let answer: string | null = null;
  await peer.until("a pong", (message) => {
    if (message.type === "pong" && message.nonce === nonce) return true;
    answer ??= wordsOf(message);
    return false;
  });
  return answer;
}

function wordsOf({ type, code, body }: ServerMessage): string | null {
  if (type === "peer-joined" || type === "peer-left" || type === "join-origins") return null;
  if (code !== undefined) return code;
  return body === undefined ? type : [body.kind, body.cause].filter(Boolean).join(" ");
}
