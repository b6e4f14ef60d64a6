/** The version of the package; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** The version of the JSON that commands print. It changes by addition only. */
export const SCHEMA = 1;
