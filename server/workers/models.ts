/**
 * Which models several machines have in common. A model is its id and the file behind it: where two
 * machines have different files under one id, only one of them can be meant. Pure.
 */

/** What one machine has: the beginning of each file's checksum, by model id. */
export interface Holding {
  /** How it is called, for sentences. */
  readonly name: string;
  readonly models: Readonly<Record<string, string>>;
}

/** What was agreed on. */
export interface Agreement {
  /** The checksum that each id stands for. */
  readonly checksums: ReadonlyMap<string, string>;
  /** A sentence for each file that is not used. */
  readonly refused: readonly string[];
}

/**
 * Agrees on one file for each id: this machine's own, else the one that most have, else the one that
 * sorts first; so all nodes without a file of their own come to the same.
 * @param own `null`: this machine examines nothing and has no say.
 */
export function agreeOn(own: Holding | null, others: readonly Holding[]): Agreement {
  const votes = new Map<string, Map<string, number>>();
  for (const { models } of others) {
    for (const [id, checksum] of Object.entries(models)) {
      const counts = votes.get(id) ?? new Map<string, number>();
      votes.set(id, counts);
      counts.set(checksum, (counts.get(checksum) ?? 0) + 1);
    }
  }
  const checksums = new Map<string, string>();
  for (const [id, counts] of votes) {
    const [first] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    checksums.set(id, first![0]);
  }
  for (const [id, checksum] of Object.entries(own?.models ?? {})) checksums.set(id, checksum);
  const refused = others.flatMap(({ name, models }) =>
    Object.entries(models).filter(([id, checksum]) => checksums.get(id) !== checksum).map(
      ([id, checksum]) =>
        `${id} on ${name} is another file (SHA-256 ${checksum}…, not ` +
        `${checksums.get(id)}…): no frame is examined with it there`,
    )
  );
  return { checksums, refused: refused.toSorted() };
}
