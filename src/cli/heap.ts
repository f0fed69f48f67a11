import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the space for new objects as small as it is now. Without it the engine lets that space and what it moves out of
 * it grow to several times of what is in use, where a process reads page after page for hours: 340 MB instead of 260.
 */
export function keepHeapModest(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Has every object begin among the new ones. Otherwise the engine may take what waits while many requests are under way
 * for long-lived, and from then on put each request's objects straight among the old ones, where they and all that they
 * hold stay until the next full collection. Whether that happens is chance; a webhook then costs a sixth more.
 */
export function beginAllObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
