/** Whom a stream or a picture is charged to. Names that lead to nobody. */
export interface Account {
  readonly address: string;
  readonly room: string;
  /** An owner at this computer or with its password, or a program with the server's token. */
  readonly isTrusted: boolean;
}
