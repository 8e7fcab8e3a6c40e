/** The table differs from what was sealed: an event was lost, added or changed. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}
