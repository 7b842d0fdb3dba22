/** Sign-ins in JSON: a file of requests holds one object or a list of them. */

/** A request of a file, and what tells it from the others. */
export interface SignIn {
  label: string;
  detail: string;
  /** One object, as JSON text. */
  json: string;
}

/**
 * The sign-ins of a text: those of a list, or the only one.
 *
 * @throws Error where the text is no JSON, or no object or list of objects.
 */
export function signIns(text: string): SignIn[] {
  const value: unknown = JSON.parse(text);
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0 || !values.every(isObject)) {
    throw new Error("a sign-in is a JSON object, and a file has one or a list of them");
  }
  return values.map((request, index) => ({
    label: `Sign-in ${index + 1}`,
    detail: words(request).join(", "),
    json: JSON.stringify(request, undefined, 2),
  }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** LIMIT: more of a request does not fit in a line. */
const WORDS_MAX = 6;

/** The values of a request that somebody would recognise it by: texts without ids and types. */
function words(request: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string" && !/^#|^[0-9a-f]{8}-/i.test(value)) {
      found.push(value);
    } else if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (isObject(value)) {
      Object.values(value).forEach(visit);
    }
  };
  visit(request);
  return found.slice(0, WORDS_MAX);
}
