import { expect, test } from 'vitest';

/**
 * Says in the list of tests what this machine cannot run, and why.
 *
 * @param what such as `the image is`
 */
export function testLeftOut(what: string, obstacle: string): void {
  test(`${what} left out: ${obstacle}`, () => {
    // `npm run image:check` asks for it by name, and then it must not be left out.
    expect(process.env['IMAGE_CHECK'] === 'required' ? obstacle : null).toBeNull();
  });
}
