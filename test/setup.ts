import fc from "fast-check";

// The normal tests make the same random cases each time, so that a change is what makes them fail; the full ones make others
// each time, or those of PAGEWALK_SEED. A failure prints its seed.

const given = process.env["PAGEWALK_SEED"];
const seed = given === undefined ? (process.env["PAGEWALK_FULL"] ? undefined : 1) : Number(given);
if (seed !== undefined) fc.configureGlobal({ seed });
