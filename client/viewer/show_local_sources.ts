import { connectionMaker } from "../base/web_rtc.ts";
import type { LocalSource } from "../sources/local_source.ts";
import { LocalSources } from "../sources/local_sources.ts";
import { keepSelection } from "./view_model.ts";
import { LOCAL_WORDS } from "./viewer_words.ts";
import type { PhoneView, ViewerState } from "./viewer_state.ts";

/** Shows sources of this computer on the page as it shows phones. */
export function showLocalSources(state: ViewerState): LocalSources {
  const sources = new LocalSources({
    devices: navigator.mediaDevices,
    endpoints: {
      createConnection: connectionMaker(),
      fetch: (path, init) => fetch(path, init),
    },
    onSource(source) {
      state.local.value = source === null ? null : viewOf(source);
      // What was just asked for is to be seen; when it goes, a phone may be.
      state.selectedId.value = source?.id ?? keepSelection(null, state.phones.peek());
    },
    onProblem: (sentence) => state.localProblem.value = sentence,
  });
  // An endpoint is told when nobody watches any more.
  addEventListener("pagehide", () => sources.stop());
  return sources;
}

/** Without the camera's state: nobody can command it from here. */
function viewOf({ id, name, track }: LocalSource): PhoneView {
  const none = { camera: null, frames: null, atServer: null, serverCamera: null };
  return { id, name, ...LOCAL_WORDS, hasNoPath: false, track, ...none };
}
