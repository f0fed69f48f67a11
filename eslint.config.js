import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** What a gateway is called is nobody's business but its adapter's, its sandbox's and the settings'. */
const noGatewayNames = [
  'Literal[value=/stripe|square|paypal/i]',
  'TemplateElement[value.raw=/stripe|square|paypal/i]',
  'Identifier[name=/stripe|square|paypal/i]',
].map((selector) => ({ selector, message: 'Do not name a gateway here: ask the port.' }));

/** Amounts are whole numbers of minor units all the way: nothing that makes or rounds a fraction. */
const noFractions = [
  'CallExpression[callee.name=/^(parseFloat|parseInt)$/]',
  'MemberExpression[property.name=/^(parseFloat|toFixed|toPrecision)$/]',
  'MemberExpression[object.name="Math"][property.name=/^(round|floor|ceil|trunc)$/]',
  'Literal[raw=/^[0-9]*[.][0-9]+$/]',
].map((selector) => ({ selector, message: 'Amounts are never floats: calculate with bigint.' }));

export default tseslint.config(
  { ignores: ['node_modules/', '.tender/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    languageOptions: {
      // One program for all files, as there is one tsconfig.json: the service of editors takes a fifth longer.
      parserOptions: { project: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    // Tests look into answers, which are JSON of any shape.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/gateways/**', 'src/sandbox/**', 'src/config/**', '**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noGatewayNames] },
  },
  {
    files: ['src/gateways/*/{amounts,mapping}.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noFractions] },
  },
  {
    files: ['src/domain/**'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noGatewayNames, ...noFractions] },
  },
  {
    files: ['bench/**', 'scripts/**', 'test/run.ts', 'test/chaos/*main.ts'],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.js', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
);
