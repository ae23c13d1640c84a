import type { PhoneRelayState } from "../relay/phone_relay.ts";

/** Whether pictures go through the server, and the way to say no. Nothing while nobody asked for it. */
export function PhoneRelayLine(
  { state, onRefuse }: { state: PhoneRelayState; onRefuse: (isRefused: boolean) => void },
) {
  switch (state.kind) {
    case "off":
      return null;
    case "opening":
    case "open":
      return (
        <div class="phone-relay" data-testid="relay">
          {state.kind === "opening" && <p>Connecting through the server …</p>}
          <button type="button" class="button" onClick={() => onRefuse(true)}>
            Don't send through the server
          </button>
        </div>
      );
    case "refused":
      return (
        <div class="phone-relay" data-testid="relay">
          <p>Nothing goes through the server.</p>
          <button type="button" class="button" onClick={() => onRefuse(false)}>
            Allow it
          </button>
        </div>
      );
    case "failed":
      return <p class="notice bad" role="alert">{state.message}</p>;
  }
}
