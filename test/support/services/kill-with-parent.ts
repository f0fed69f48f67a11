import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Sends a signal to a process as soon as this one is gone, however it ended, kill -9 included: a
 * shell waits for the end of a pipe that the operating system closes for us. Call the returned
 * function once the process has ended by itself.
 */
export function killWithParent(pid: number, signal: 'INT' | 'TERM' | 'KILL' = 'KILL'): () => void {
  const script = 'cat >/dev/null; kill -s "$1" "$2" 2>/dev/null';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', signal, String(pid)], {
    // Out of reach of the Ctrl-C that may be what ends this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => {
    const alive = guard.exitCode === null && guard.signalCode === null;
    if (alive && guard.pid !== undefined) process.kill(-guard.pid, 'SIGKILL');
  };
}
