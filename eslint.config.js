import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Layers: pure code imports nothing that touches the world. */
const pure = (files, extra = []) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^node:', message: 'Pure code: no node modules here.' },
          { regex: '/(adapters|http|cli|pipeline)/', message: 'Pure code imports no outer layer.' },
          ...extra,
        ],
      },
    ],
  },
});

export default tseslint.config(
  // AssemblyScript has types and operators of its own.
  { ignores: ['dist/', 'node_modules/', 'demo-output/', 'var/', 'src/imaging/assembly/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // Indices of typed arrays are in range by construction; a fallback per pixel would only hide a fault.
    files: [
      'src/imaging/**/*.ts',
      'src/dicom/**/*.ts',
      'src/evaluation/**/*.ts',
      'src/phantom/**/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // The browser gets types of the API, and none of its code.
    files: ['src/console/**/*.ts', 'src/console/**/*.tsx'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/http/',
              allowTypeImports: true,
              message: 'The console takes types from the API, no code.',
            },
          ],
        },
      ],
      // A handler of an event may be a promise: its faults are shown where they happen.
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Marked by its makers so that it is noticed; settings allow it on loopback alone.
    files: ['src/adapters/oidc/open-id.ts'],
    rules: {
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', name: 'allowInsecureRequests', package: 'openid-client' }] },
      ],
    },
  },
  pure(['src/domain/**/*.ts']),
  pure(['src/imaging/**/*.ts']),
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
  {
    files: ['src/console/public/*.js'],
    languageOptions: { globals: { window: 'readonly', document: 'readonly' } },
  },
);
