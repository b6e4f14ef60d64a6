import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**"],
    globalSetup: ["test/seed.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: process.env["PAGEWALK_FULL"] ? 7_200_000 : 300_000,
    // Of the cores, all: the process that hands out the files has little to do.
    maxWorkers: "100%",
  },
});
