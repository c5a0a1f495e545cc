import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    outDir: '../server/viewer',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    license: { fileName: 'LICENSES.md' },
    // The layout engine is one file of this size; it loads in a worker and only with a graph.
    chunkSizeWarningLimit: 1700,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4319' } },
})
