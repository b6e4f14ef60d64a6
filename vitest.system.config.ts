import { defineConfig } from "vitest/config";

/** Tests that need programs of the system: `.ci/run` installs them first. */
export default defineConfig({
  test: { include: ["test/system/**/*.test.ts"], testTimeout: 300_000 },
});
