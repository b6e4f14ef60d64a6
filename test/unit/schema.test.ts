import { toJsonSchema } from "@valibot/to-json-schema";
import { expect, test } from "vitest";
import { schema } from "../../src/config/schema.js";

interface JsonSchema {
  required?: string[];
  properties?: Record<string, JsonSchema>;
}

/** A configuration file may leave out any key of the top and of the objects there. */
function lenient({ required: _, properties = {}, ...rest }: JsonSchema): JsonSchema {
  const inner = Object.entries(properties).map(([key, value]) => [
    key,
    value.properties ? lenient(value) : value,
  ]);
  return { ...rest, properties: Object.fromEntries(inner) };
}

// `npx vitest run test/unit/schema.test.ts -u` writes the file anew.
test("config.schema.json says what the validator says", async () => {
  const generated = lenient(toJsonSchema(schema, { errorMode: "ignore" }) as JsonSchema);
  const text = JSON.stringify({ ...generated, title: "A pagewalk configuration" }, null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot("../../config.schema.json");
});
