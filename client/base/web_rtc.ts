/**
 * Makes the browser's own connections; `null`: it has none, or a person or a script took them away, or put
 * something there that makes none.
 */
export function connectionMaker():
  | ((configuration: RTCConfiguration) => RTCPeerConnection)
  | null {
  const { RTCPeerConnection: Connection } = globalThis as Partial<typeof globalThis>;
  if (Connection === undefined) return null;
  try {
    new Connection().close();
  } catch {
    return null;
  }
  return (configuration) => new Connection(configuration);
}
