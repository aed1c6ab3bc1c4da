/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { brotli } from './scripts/brotli.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Four pages, one build. Domestic browsers lag: Chromium 86 and Firefox 78 are the oldest that must run it.
 * `__CSP_NONCE__` is replaced by the server in each answer.
 */
export default defineConfig({
  plugins: [react(), brotli()],
  resolve: { alias: { '@': at('./src') } },
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: ['chrome86', 'firefox78'],
    cssTarget: ['chrome86', 'firefox78'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { admin: at('./admin.html'), join: at('./join.html'), screen: at('./screen.html'), room: at('./room.html') },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
