/** Whether a licence passes its terms on to what is built with the weights: a person has to agree. */
export function asksConsent(licence: string): boolean {
  return /^A?GPL/.test(licence);
}
