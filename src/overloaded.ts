/** Thrown where more waits already than could be served in time. Nothing was written and nothing was sent. */
export class Overloaded extends Error {
  override name = 'Overloaded';
}
