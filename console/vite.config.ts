// Builds the console into console/dist. The page is served with `default-src 'self'`, so nothing may be inlined.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  build: {
    target: 'es2023',
    // Small files would become data: URLs, and the polyfill an inline script; the policy refuses both.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    emptyOutDir: true,
    // The component library marks its modules for servers that render; there is none here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
