/** Who opened a connection, as far as the server can tell before a word is said. */
export interface Visitor {
  /** For limits; see `Connection.address`. */
  readonly address: string;
  /** At this very computer. Decided by the way it came, never by what it says of itself. */
  readonly isLocal: boolean;
  /** May see rooms, and own them: gave the password, or need not. */
  readonly maySee: boolean;
}
