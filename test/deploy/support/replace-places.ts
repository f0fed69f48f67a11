/** Replaces what a test has elsewhere than the shipped file says, and throws where the file no longer says it. */
export function replacePlaces(
  text: string,
  places: readonly (readonly [RegExp, string])[],
): string {
  let replaced = text;
  for (const [place, value] of places) {
    if (replaced.search(place) < 0) throw new Error(`the file no longer has ${place.source}`);
    replaced = replaced.replace(place, value);
  }
  return replaced;
}
