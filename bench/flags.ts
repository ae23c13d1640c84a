/** Arguments with every `--name=value` as two, so that both ways of writing read alike. */
export function splitFlags(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const match = /^(--[^=]+)=(.*)$/s.exec(arg);
    return match === null ? [arg] : [match[1]!, match[2]!];
  });
}
