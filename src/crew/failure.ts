import { PagewalkError } from "../errors.js";

/** A PagewalkError, as it goes from thread to thread. @internal */
export type Failure = Pick<PagewalkError, "code" | "message" | "at" | "problems">;

/** @internal */
export function failureOf({ code, message, at, problems }: PagewalkError): Failure {
  return { code, message, at, problems };
}

/** @internal */
export function errorOf({ code, message, at, problems }: Failure): PagewalkError {
  return new PagewalkError(code, message, at, problems);
}
