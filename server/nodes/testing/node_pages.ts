import { until } from "../../testing/until.ts";
import {
  joinOf,
  type LinkClient,
  newRoom,
  type OpenClient,
  openSocket,
  PageClient,
  type RoomKeys,
} from "../../link/testing/link_clients.ts";
import type { RigNode } from "./node_rig.ts";

/** Until two nodes hear each other. */
export async function met(...nodes: readonly RigNode[]): Promise<void> {
  await until(() => nodes.every((one) => one.nodes.health.others === nodes.length - 1));
}

/** How a join is answered. */
async function answerTo(
  node: Pick<RigNode, "origin">,
  join: object,
  open: OpenClient = openSocket,
) {
  await using link = await open(node.origin);
  await link.sendText(JSON.stringify(join));
  return await link.next();
}

export async function codeOf(node: Pick<RigNode, "origin">, join: object): Promise<string> {
  const answer = await answerTo(node, join);
  return answer?.type === "error" ? answer.code : answer?.type ?? "";
}

/** Until a node finds a room that another has: before, an owner who comes there makes it a second time. */
export async function finds(node: Pick<RigNode, "origin">, room: RoomKeys): Promise<void> {
  const stranger = joinOf(room, "phone", { token: newRoom().tokens.phone });
  await until(async () => await codeOf(node, stranger) === "bad-token");
}

/** The code with which a link is ended; what else is said is passed over. */
export async function endOf(link: LinkClient): Promise<string | null> {
  let code: string | null = null;
  for (let message = await link.next(); message !== null; message = await link.next()) {
    if (message.type === "error") ({ code } = message);
  }
  return code;
}

/** Joins as pages do: again and again; NATS takes a moment to know of a room, and nodes of a loss. */
export async function joinUntil(
  node: Pick<RigNode, "origin">,
  join: ReturnType<typeof joinOf>,
  open: OpenClient = openSocket,
): Promise<PageClient> {
  for (const startMs = performance.now();;) {
    const page = await PageClient.join(node.origin, join, open).catch((error: Error) => error);
    if (page instanceof PageClient) return page;
    const isInVain = !/unknown-room|out-of-reach|server-closing/.test(page.message);
    if (isInVain || performance.now() - startMs > 10_000) throw page;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
