import { findPrograms } from './programs.ts';

const REDIS = { name: 'redis-server', debian: 'redis-server', homebrew: 'redis' };

/** The path of `redis-server`, which is installed where that can be done. */
export async function findRedisServer(log?: (message: string) => void): Promise<string> {
  const [path = REDIS.name] = await findPrograms([REDIS], log);
  return path;
}
