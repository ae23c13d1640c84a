/** A guest, who has no password and nobody's link, tries what it can beside somebody honest. */
import { quantile } from "../../client/base/quantiles.ts";
import { GUEST_ACTS } from "../guest/acts.ts";
import { makeGuestNetwork } from "../guest/guest_network.ts";
import {
  type Held,
  mostOf,
  readHeld,
  refusedBetween,
  scrape,
  waitUntilBack,
} from "../guest/server_watch.ts";
import { type HonestSecond, startGuest, startHonest } from "../guest/start_guest.ts";
import { startedBy } from "../metrics/role_processes.ts";
import { OTHER_MODELS, startServer } from "../server.ts";
import type { FaultCase, FaultContext, FaultResult } from "./fault_case.ts";

/**
 * The act once before, shortly: what allocators and loaded models keep of it is not given back, and what
 * is looked for is what grows again. Then calm, and the act itself.
 */
const FIRST_S = 8;
const CALM_S = 6;
const ACT_S = 15;

const PASSWORD = "a long password of the bench";

/** What one act needs, and must have had refused. */
interface Plan {
  /** Of `GUEST_ACTS`. */
  readonly act: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly hasPassword?: boolean;
  /** Counters, without prefix, of which each must have grown. */
  readonly refused: readonly string[];
}

const SERVER_MODE = ["--mode", "server", "--ep", "cpu"];

const PLANS: readonly Plan[] = [
  {
    act: "unread-answers",
    refused: [
      'tcp_connections_refused_total{cause="too-many-of-address"}',
      'refusals_total{of="connection",cause="too-many-requests"}',
      'refusals_total{of="connection",cause="idle"}',
    ],
  },
  {
    act: "model-changes",
    flags: SERVER_MODE,
    refused: ['refusals_total{of="model",cause="too-fast"}'],
  },
  {
    act: "rtc-ports",
    flags: [...SERVER_MODE, "--rtc-ports", "46100-46102"],
    refused: ['stream_signals_refused_total{cause="no-port"}'],
  },
  {
    act: "ice-candidates",
    flags: SERVER_MODE,
    refused: ['stream_signals_refused_total{cause="candidate"}'],
  },
  {
    act: "half-read",
    refused: [
      'signal_refusals_total{code="too-large"}',
      'half_read_refused_total{cause="too-many"}',
    ],
  },
  {
    act: "costly-pictures",
    flags: SERVER_MODE,
    refused: ['frames_total{direction="out",outcome="dropped",cause="too-costly"}'],
  },
  {
    act: "all-places",
    flags: SERVER_MODE,
    env: { "PEERLENS_MAX_ROOMS": "100", "PEERLENS_MAX_SOCKETS_PER_ADDRESS": "16" },
    refused: [
      'refusals_total{of="stream",cause="too-many-streams"}',
      'signal_refusals_total{code="too-many-sockets"}',
    ],
  },
  { act: "other-site", refused: ['http_requests_total{route="link",status="403"}'] },
  {
    act: "webhook-events",
    flags: ["--webhook", "http://127.0.0.1:9/"],
    refused: ['http_requests_total{route="rooms",status="403"}'],
  },
  {
    act: "turn-credentials",
    flags: ["--turn-url", "turn:198.18.79.1:3478"],
    env: { "PEERLENS_TURN_SECRET": "a-secret-of-the-bench" },
    refused: ['turn_refusals_total{cause="not-trusted"}'],
  },
  {
    act: "many-ipv6-addresses",
    host: "::",
    refused: ['signal_refusals_total{code="too-fast"}'],
  },
  {
    act: "guesses",
    hasPassword: true,
    refused: [
      'http_requests_total{route="password",status="429"}',
      'http_requests_total{route="code",status="429"}',
    ],
  },
  {
    act: "strangers-questions",
    hasPassword: true,
    refused: ['http_requests_total{route="viewer",status="421"}'],
  },
  { act: "model-files", refused: ['model_refusals_total{code="remote"}'] },
];

/** See {@linkcode FaultCase}. */
export const GUEST_CASES: readonly FaultCase[] = PLANS.map((plan) => ({
  name: `guest-${plan.act}`,
  title: `A guest tries ${GUEST_ACTS.find(({ name }) => name === plan.act)!.title}`,
  limitS: 180,
  needs: "root on Linux",
  run: (context) => tryAct(plan, context),
}));

async function tryAct(plan: Plan, { stack, progress }: FaultContext): Promise<FaultResult> {
  const { act, flags = [], env = {}, host = "0.0.0.0", hasPassword = false, refused } = plan;
  progress.step("starting");
  const network = stack.use(await makeGuestNetwork());
  const isServerMode = flags.includes("server");
  const { started: server, pids } = await startedBy(() =>
    startServer({
      host,
      flags,
      models: OTHER_MODELS,
      env: { ...env, ...(hasPassword ? { "PEERLENS_PASSWORD": PASSWORD } : {}) },
    })
  );
  stack.use(server);
  const { http: port } = server.ports;
  const modelId = isServerMode ? await firstModel(server.httpUrl) : null;
  // Whoever has a password gives it; who is honest here has none, so it owns no room then.
  const honest = hasPassword ? null : stack.use(await startHonest(network, { port, modelId }));
  const guest = stack.use(startGuest(network));
  const cold = await readHeld(pids);
  const order = { act, port, password: hasPassword ? PASSWORD : null };
  progress.step("the first time");
  await guest.try({ ...order, seconds: FIRST_S });
  await progress.during("calm", CALM_S * 1000, 500);
  const calm = (honest?.seconds ?? []).slice(-(CALM_S - 2));
  const before = await scrape(server.httpUrl);
  const heldBefore = await readHeld(pids);
  let most = heldBefore;
  progress.step(act);
  const from = honest?.seconds.length ?? 0;
  const trying = guest.try({ ...order, seconds: ACT_S });
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = mostOf(most, await readHeld(pids));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  })();
  const report = await trying.finally(() => isOver = true);
  await watching;
  const during = (honest?.seconds ?? []).slice(from);
  const after = await scrape(server.httpUrl);
  const grown = refusedBetween(before, after);
  progress.step("giving back");
  const back = await waitUntilBack(pids, heldBefore);
  const ready = await fetch(`${server.httpUrl}/readyz`);
  await ready.body?.cancel();
  const kept = keptPercent(calm, during);
  const lost = honest?.seconds.at(-1)?.lost ?? 0;
  const restarts = Object.keys(grown).filter((name) => name.startsWith("child_restarts"));
  return {
    tried: report.tried,
    what: report.what,
    answers: { ...report.answers, ...grown },
    lost: lostWords({ lost, kept, isServerMode, hasHonest: honest !== null }),
    recoveryMs: [],
    violations: [
      ...report.violations,
      ...refused.filter((name) => !grown[name]).map((name) => `nothing was counted: ${name}`),
      ...(lost > 0 ? [`somebody honest lost ${lost} connections`] : []),
      ...(during.some(({ pingMs }) => pingMs === null) ? ["a ping was not answered"] : []),
      ...restarts.map((name) => `the inference process was replaced: ${name}`),
      ...(ready.ok ? [] : [`/readyz: ${ready.status}`]),
      ...(back.isBack
        ? []
        : [`not given back: ${JSON.stringify(back.held)} of ${JSON.stringify(heldBefore)}`]),
    ],
    figures: {
      "results_kept_percent": kept,
      "longest_ping_ms": during.length === 0
        ? null
        : Math.max(...during.map(({ pingMs }) => pingMs ?? Infinity)),
      ...figuresOf("at_first", cold),
      ...figuresOf("before", heldBefore),
      ...figuresOf("most", most),
      ...figuresOf("after", back.held),
      "given_back_after_ms": back.tookMs,
    },
  };
}

async function firstModel(httpUrl: string): Promise<string> {
  const { models } = await (await fetch(`${httpUrl}/api/config`)).json();
  return models[0].id;
}

/** What of the results of calm seconds there was meanwhile; `null`: there were none to lose. */
function keptPercent(
  calm: readonly HonestSecond[],
  during: readonly HonestSecond[],
): number | null {
  const rate = quantile(calm.map(({ results }) => results), 0.5);
  if (rate === null || rate === 0 || during.length === 0) return null;
  const mean = during.reduce((sum, { results }) => sum + results, 0) / during.length;
  return Math.min(100, mean / rate * 100);
}

function lostWords(
  { lost, kept, isServerMode, hasHonest }: {
    readonly lost: number;
    readonly kept: number | null;
    readonly isServerMode: boolean;
    readonly hasHonest: boolean;
  },
): string {
  if (!hasHonest) return "nothing";
  if (lost > 0) return `${lost} connections of somebody honest`;
  if (!isServerMode || kept === null) return "nothing: somebody honest was answered all the time";
  return `${(100 - kept).toFixed(0)} % of somebody honest's frames, and no connection`;
}

function figuresOf(when: string, { rssMb, threads, descriptors }: Held) {
  return {
    [`rss_${when}_mib`]: rssMb,
    [`threads_${when}`]: threads,
    [`descriptors_${when}`]: descriptors,
  };
}
