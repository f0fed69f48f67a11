import type { Settings } from '../config/settings.ts';

/** Which API keys a deployment makes and takes: live ones in production, test ones everywhere else. */
export function keyModeOf({ environment }: Settings): 'test' | 'live' {
  return environment === 'production' ? 'live' : 'test';
}
