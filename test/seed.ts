/** Random cases come from this seed, the same each time, so that a change is what makes a test fail. `PAGEWALK_SEED=N`: others. */
export const SEED = Number(process.env["PAGEWALK_SEED"] ?? 1);

/** Says before a run what it repeats by; how long it took, vitest says behind it. */
export default function say(): void {
  const cases = process.env["PAGEWALK_FULL"] ? "all random cases" : "some of the random cases";
  console.log(`${cases}, seed ${SEED} (PAGEWALK_SEED=N for another)`);
}
