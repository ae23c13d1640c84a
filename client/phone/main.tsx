import "../ui/theme.css";
import "./phone.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { parsePhoneConfig, type PhoneConfig } from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { supportProblem } from "../media/camera_problem.ts";
import { parsePhoneLink } from "../rooms/room_keys.ts";
import { writeWholeTexts } from "../ui/whole_texts.ts";
import { browserFamily } from "./browser_family.ts";
import { PhoneApp } from "./phone_app.tsx";
import { PhoneController } from "./phone_controller.ts";
import { createPhoneState } from "./phone_state.ts";

// ENTRY of the phone page.

/** Enough to start with when the server does not answer. */
const FALLBACK: PhoneConfig = { profile: "balanced", models: [] };

const state = createPhoneState();
effect(() => void (document.title = state.title.value));

const controller = await open();
writeWholeTexts();
const root = document.querySelector("#app")!;
// Preact adds to what is there; the page's own "Loading" has done its work.
root.replaceChildren();
render(
  <PhoneApp state={state} controller={controller} family={browserFamily(globalThis)} />,
  root,
);

async function open(): Promise<PhoneController | null> {
  const link = parsePhoneLink(location);
  const problem = supportProblem({
    isSecureContext: globalThis.isSecureContext,
    hasGetUserMedia: typeof navigator.mediaDevices?.getUserMedia === "function",
  });
  if (problem !== null) state.screen.value = { kind: "impossible", problem };
  else if (link === null) state.screen.value = { kind: "no-link" };
  else return new PhoneController({ link, config: await loadConfig(), state });
  return null;
}

async function loadConfig(): Promise<PhoneConfig> {
  try {
    const response = await fetch("/api/config", { cache: "no-store" });
    return parsePhoneConfig(await response.json());
  } catch (error) {
    consoleLog(`no configuration from the server: ${error}`);
    return FALLBACK;
  }
}
