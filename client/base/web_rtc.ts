/** Makes the browser's own connections; `null`: it has none, or a person or a script took them away. */
export function connectionMaker():
  | ((configuration: RTCConfiguration) => RTCPeerConnection)
  | null {
  const { RTCPeerConnection: Connection } = globalThis as Partial<typeof globalThis>;
  return Connection === undefined ? null : (configuration) => new Connection(configuration);
}
