/** Tickets of bulk links, used once by whom they are for, and again by somebody else. */
import { messageIn } from "../records.ts";
import { requestOf } from "./ended_sessions.ts";
import { tally } from "./fault_case.ts";
import { closeCode, OP, RawSocket, type RawTarget, readFrame, readHead } from "../raw_socket.ts";
import { RawPeer, type ServerMessage } from "../room_client.ts";

/** A ticket that was not used yet, and who attacks with it. */
export interface TicketAttack {
  /** For the tally, such as `phone's`. */
  readonly name: string;
  readonly ticket: string;
  readonly target: RawTarget;
  readonly attacker: RawTarget;
}

/** What came of it: the bulk link of the one who was first. */
export interface TicketOutcome {
  readonly tried: number;
  readonly bulk: RawPeer | null;
  readonly violations: readonly string[];
}

const REFUSED = "closed 1008 bad-ticket";

/** Uses a ticket twice at the same moment, and then again, over either transport. */
export async function replayTicket(
  { name, ticket, target, attacker }: TicketAttack,
  answers: Record<string, number>,
): Promise<TicketOutcome> {
  const violations: string[] = [];
  const race = await Promise.all([target, attacker].map((from) => present(from, ticket)));
  const winners = race.filter(({ answer }) => answer === "opened");
  for (const { answer } of race) tally(answers, `${name} ticket, twice at once: ${answer}`);
  if (winners.length !== 1 || !race.some(({ answer }) => answer === REFUSED)) {
    violations.push(
      `${name} ticket, twice at once: ${race.map(({ answer }) => answer).join(", ")}`,
    );
  }
  const again = await present(attacker, ticket);
  again.peer.close();
  tally(answers, `${name} ticket again: ${again.answer}`);
  if (again.answer !== REFUSED) violations.push(`${name} ticket again: ${again.answer}`);
  const posted = await presentByPost(attacker, ticket);
  tally(answers, `${name} ticket again by POST: ${posted}`);
  if (posted !== "bad-ticket") violations.push(`${name} ticket by POST: ${posted}`);
  for (const { peer } of race) if (peer !== winners[0]?.peer) peer.close();
  return { tried: 4, bulk: winners[0]?.peer ?? null, violations };
}

const openText = (ticket: string) => JSON.stringify({ type: "open", ticket });

/** Opens a WebSocket and says a ticket. */
async function present(
  from: RawTarget,
  ticket: string,
): Promise<{ peer: RawPeer; answer: string }> {
  const peer = await RawPeer.open(from);
  await peer.sendText(openText(ticket));
  for (;;) {
    const frame = await readFrame(peer.socket, 5_000);
    if (frame === null) return { peer, answer: "ended without a word" };
    if (frame.opcode === OP.close) {
      const reason = new TextDecoder().decode(frame.payload.subarray(2));
      return { peer, answer: `closed ${closeCode(frame)} ${reason}` };
    }
    const message = messageIn(frame.payload) as ServerMessage | null;
    if (message?.type === "opened") return { peer, answer: "opened" };
  }
}

/** The same with a streamed answer. */
async function presentByPost(from: RawTarget, ticket: string): Promise<string> {
  using socket = await RawSocket.open(from);
  await socket.write(
    requestOf(from, "/api/link/stream", openText(ticket), { "Connection": "close" }),
  );
  const head = await readHead(socket);
  if (head?.status !== 200) return `status ${head?.status ?? "none"}`;
  const said = await socket.read((bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const found = /"type":"(?:error","code":"([a-z-]+)|(opened))"/.exec(text);
    return found && { value: found[2] ?? found[1]!, length: bytes.length };
  }, 5_000);
  return said ?? "nothing";
}
