import type { GuestAct } from "./act.ts";
import { allPlaces, halfRead, manyV6Addresses, unreadAnswers } from "./connection_acts.ts";
import { costlyPictures, iceCandidates, modelChanges, rtcPorts } from "./inference_acts.ts";
import {
  guesses,
  modelFiles,
  otherSite,
  strangersQuestions,
  turnCredentials,
  webhookEvents,
} from "./trust_acts.ts";

/** All that a guest tries, in turn. */
export const GUEST_ACTS: readonly GuestAct[] = [
  unreadAnswers,
  modelChanges,
  rtcPorts,
  iceCandidates,
  halfRead,
  costlyPictures,
  allPlaces,
  otherSite,
  webhookEvents,
  turnCredentials,
  manyV6Addresses,
  guesses,
  strangersQuestions,
  modelFiles,
];
