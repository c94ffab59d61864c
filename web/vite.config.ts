// SPDX-License-Identifier: Apache-2.0
// Fixed file names: web.cmake puts exactly these four files into the binary. Nothing inline, for the
// page is served under "default-src 'self'".
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
    base: './',
    plugins: [svelte()],
    build: {
        target: 'es2022',
        assetsInlineLimit: 0,
        cssCodeSplit: false,
        modulePreload: false,
        rollupOptions: {
            output: {
                entryFileNames: 'app.js',
                assetFileNames: 'app[extname]',
                codeSplitting: false,
            },
        },
    },
    test: { include: ['test/**/*.test.ts'] },
});
