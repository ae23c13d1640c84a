/** Every way in which something is refused: its HTTP status, and a sentence. */
type Refusals<C extends string> = Readonly<Record<C, readonly [status: number, sentence: string]>>;

/** Makes the answers for these refusals. */
export function refuser<C extends string>(
  refusals: Refusals<C>,
): (code: C, retryAfterMs?: number) => Response {
  return (code, retryAfterMs) => {
    const [status, message] = refusals[code];
    const headers: Record<string, string> = { "Cache-Control": "no-store" };
    if (code === "bad-token") headers["WWW-Authenticate"] = "Bearer";
    if (retryAfterMs !== undefined) headers["Retry-After"] = String(Math.ceil(retryAfterMs / 1000));
    return Response.json({ code, message }, { status, headers });
  };
}
