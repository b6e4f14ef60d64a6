import { toJsonSchema } from "@valibot/to-json-schema";
import { expect, test } from "vitest";
import { schema } from "../../src/config/schema.js";

interface JsonSchema {
  required?: string[];
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
}

/** A configuration file may leave out any key of the top and of the objects there. */
function lenient({ required: _, properties = {}, ...rest }: JsonSchema): JsonSchema {
  const inner = Object.entries(properties).map(([key, value]) => [
    key,
    value.properties ? lenient(value) : value,
  ]);
  return { ...rest, properties: Object.fromEntries(inner) };
}

/** A heap's policy may be its name alone, and an object may leave out what it does not change. */
function withNames(schema: JsonSchema): JsonSchema {
  const heap = schema.properties?.["heap"];
  const [object] = heap?.anyOf ?? [];
  if (!object) throw new Error("no schema of a heap's policy");
  const name = object.properties?.["policy"];
  const anyOf = [lenient(object), name, { type: "null" }];
  return { ...schema, properties: { ...schema.properties, heap: { anyOf } as JsonSchema } };
}

// `npx vitest run test/unit/schema.test.ts -u` writes the file anew.
test("config.schema.json says what the validator says", async () => {
  const generated = withNames(lenient(toJsonSchema(schema, { errorMode: "ignore" }) as JsonSchema));
  const text = JSON.stringify({ ...generated, title: "A pagewalk configuration" }, null, 2);
  await expect(`${text}\n`).toMatchFileSnapshot("../../config.schema.json");
});
