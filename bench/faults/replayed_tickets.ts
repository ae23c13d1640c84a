/** Tickets of wires, used once by whom they are for, and again by somebody else. */
import { tally } from "./fault_case.ts";
import { closeCode, OP, RawSocket, type RawTarget, readFrame, readHead } from "./raw_socket.ts";
import { RawPeer } from "./room_client.ts";

/** What is opened with a ticket. */
export type WirePath = "/api/relay" | "/api/frames";

/** A ticket that was not used yet, and who attacks with it. */
export interface TicketAttack {
  /** For the tally, such as `relay, phone's`. */
  readonly name: string;
  readonly path: WirePath;
  readonly ticket: string;
  readonly target: RawTarget;
  readonly attacker: RawTarget;
}

/** What came of it: the wire of the one who was first. */
export interface TicketOutcome {
  readonly tried: number;
  readonly wire: RawPeer | null;
  readonly violations: readonly string[];
}

const REFUSED = "closed 1008 bad-ticket";

const REFUSED_WITHIN_MS = 2_000;

/** Uses a ticket twice at the same moment, and then again, by every carrier and at the other place. */
export async function replayTicket(
  { name, path, ticket, target, attacker }: TicketAttack,
  answers: Record<string, number>,
): Promise<TicketOutcome> {
  const violations: string[] = [];
  const race = await Promise.all([target, attacker].map((from) => present(from, path, ticket)));
  const winners = race.filter(({ answer }) => answer === "opened");
  for (const { answer } of race) tally(answers, `${name} ticket, twice at once: ${answer}`);
  if (winners.length !== 1 || !race.some(({ answer }) => answer === REFUSED)) {
    violations.push(
      `${name} ticket, twice at once: ${race.map(({ answer }) => answer).join(", ")}`,
    );
  }
  for (const place of ["/api/relay", "/api/frames"] as const) {
    const again = await present(attacker, place, ticket);
    again.peer.close();
    const words = `${name} ticket again at ${place}`;
    tally(answers, `${words}: ${again.answer}`);
    if (again.answer !== REFUSED) violations.push(`${words}: ${again.answer}`);
  }
  const posted = await presentByPost(attacker, ticket);
  tally(answers, `${name} ticket again by POST: ${posted}`);
  if (posted !== "closed bad-ticket") violations.push(`${name} ticket by POST: ${posted}`);
  for (const { peer } of race) if (peer !== winners[0]?.peer) peer.close();
  return { tried: 5, wire: winners[0]?.peer ?? null, violations };
}

/** Whether a wire still answers. */
export async function isWireAlive(wire: RawPeer, path: WirePath): Promise<boolean> {
  await wire.send({ type: path === "/api/relay" ? "ping" : "clock-ping", nonce: 21 });
  for (let i = 0; i < 50; i++) {
    const message = await wire.next(3_000);
    if (message === null) return false;
    if (/pong$/.test(message.type) && message.nonce === 21) return true;
  }
  return false;
}

/** Opens a WebSocket and says a ticket; a socket of frames greets nobody, so it is asked. */
async function present(
  from: RawTarget,
  path: WirePath,
  ticket: string,
): Promise<{ peer: RawPeer; answer: string }> {
  const peer = await RawPeer.open({ ...from, path });
  await peer.sendText(ticket);
  let frame = await readFrame(peer.socket, path === "/api/frames" ? REFUSED_WITHIN_MS : 5_000);
  // Only now: what is sent to a socket that is just being closed may cost the words of its close.
  if (frame === null && path === "/api/frames" && !peer.socket.ended) {
    await peer.send({ type: "clock-ping", nonce: 20 });
    frame = await readFrame(peer.socket, 5_000);
  }
  if (frame === null) return { peer, answer: "ended without a word" };
  if (frame.opcode === OP.close) {
    const reason = new TextDecoder().decode(frame.payload.subarray(2));
    return { peer, answer: `closed ${closeCode(frame)} ${reason}` };
  }
  const { type } = JSON.parse(new TextDecoder().decode(frame.payload));
  return { peer, answer: type === "opened" || type === "clock-pong" ? "opened" : type };
}

/** The same with the streamed carrier of a relay. */
async function presentByPost(from: RawTarget, ticket: string): Promise<string> {
  using socket = await RawSocket.open(from);
  const host = `localhost:${from.port}`;
  await socket.write(
    `POST /api/relay/stream HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\n` +
      `Content-Length: ${ticket.length}\r\nConnection: close\r\n\r\n${ticket}`,
  );
  const head = await readHead(socket);
  if (head?.status !== 200) return `status ${head?.status ?? "none"}`;
  const said = await socket.read((bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const found = /"type":"(?:closed","reason":"([a-z-]+)|(opened))"/.exec(text);
    return found && { value: found[2] ?? `closed ${found[1]}`, length: bytes.length };
  }, 5_000);
  return said ?? "nothing";
}
