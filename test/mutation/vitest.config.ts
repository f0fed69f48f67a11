import { defineConfig } from 'vitest/config';

/** The domain's unit tests alone: they are what has to notice that the domain was changed. */
export default defineConfig({ test: { include: ['src/domain/**/*.test.ts'] } });
