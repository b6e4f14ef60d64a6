// The host in few files: Node takes a millisecond or so for each that it loads, and there are some 300 sources.

import { defineConfig } from "rolldown";

export default defineConfig({
  input: {
    index: "src/index.ts",
    inside: "src/inside.ts",
    "cli/main": "src/cli/main.ts",
    "trace/compression/worker": "src/trace/compression/worker.ts",
    "sweep/worker": "src/sweep/worker.ts",
    "curve/worker": "src/curve/worker.ts",
  },
  platform: "node",
  external: /^[^./]/,
  output: {
    dir: "dist",
    cleanDir: true,
    // As deep as the sources that name files of the package beside `dist`, so that their URLs hold.
    chunkFileNames: "chunks/[name]-[hash].js",
    sourcemap: true,
  },
});
