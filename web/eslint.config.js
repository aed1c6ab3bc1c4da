import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** Folders a file may not import from, with the reason a reader should see. */
const forbid = (rules) => ({
  'no-restricted-imports': ['error', { patterns: rules.map(([regex, message]) => ({ regex, message })) }],
})

const UP = ['^\\.\\./', 'Go through @/… so that the arrows between folders stay visible.']
const APP = ['^@/app/', 'Nothing imports the entries.']
const FEATURES = ['^@/features/', 'Nothing below the features knows them.']
const PANEL = ['^@/(panel|mock)/', 'What the panel shares stands above this.']
const others = (feature) => [`^@/features/(?!${feature}/)`, 'Features do not know each other.']
const REACT = ['^(react|react-dom|antd|@ant-design|@tanstack)(/|$)', 'Media, API and library code is plain TypeScript.']
const ANTD = ['^(antd|@ant-design)(/|$)', 'Only the panel carries antd.']
const QUERY = ['^(@tanstack/|@/api/)', 'Primitives know neither queries nor the API.']

const chinese = [
  { selector: 'Literal[value=/[\\u4e00-\\u9fff]/]', message: 'User-facing text lives in src/text.' },
  { selector: 'TemplateElement[value.raw=/[\\u4e00-\\u9fff]/]', message: 'User-facing text lives in src/text.' },
  { selector: 'JSXText[value=/[\\u4e00-\\u9fffA-Za-z]/]', message: 'User-facing text lives in src/text.' },
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated', 'test-results', 'playwright-report'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js', 'scripts/*.mjs'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } }, rules: { 'no-console': 'off' } },
  { files: ['**/index.ts', '**/index.tsx'], rules: { 'no-restricted-syntax': ['error', { selector: 'Program', message: 'No barrel files.' }] } },
  { files: ['src/**/*.tsx'], ...hooks.configs.flat.recommended },
  { files: ['src/**/*.{ts,tsx}'], ignores: ['src/text/**', 'src/mock/**', 'src/**/*.test.ts'], rules: { 'no-restricted-syntax': ['error', ...chinese] } },
  { files: ['e2e/**'], rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] } },
  { files: ['src/app/**'], rules: forbid([UP]) },
  ...['accounts', 'audit', 'devices', 'duty', 'legs', 'login', 'me', 'meetings', 'mine', 'status', 'venues'].map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: forbid([UP, APP, others(feature)]),
  })),
  ...['join', 'pair', 'room', 'screen'].map((feature) => ({ files: [`src/features/${feature}/**`], rules: forbid([UP, APP, others(feature), ANTD, PANEL]) })),
  { files: ['src/panel/**'], rules: forbid([UP, APP, FEATURES]) },
  { files: ['src/ui/**'], rules: forbid([UP, APP, FEATURES, PANEL, ANTD, QUERY]) },
  { files: ['src/media/**', 'src/api/**', 'src/lib/**'], rules: forbid([UP, APP, FEATURES, PANEL, REACT]) },
)
