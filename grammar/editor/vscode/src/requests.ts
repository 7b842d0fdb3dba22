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

/**
 * Which sign-in of a list an offset of its text is in; nothing where it is between them, or where
 * the text is no list. The text is JSON.
 */
export function signInAt(text: string, offset: number): number | undefined {
  let [depth, index] = [0, -1];
  for (const { 0: token, index: start } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (start > offset && depth < 2) {
      return undefined;
    }
    if (token === "[" || token === "{") {
      depth += 1;
      if (depth === 1 && token === "{") {
        return undefined;
      }
      index += Number(depth === 2);
    } else if (token === "]" || token === "}") {
      depth -= 1;
      if (depth === 1 && offset <= start + 1) {
        return index;
      }
    }
  }
  return undefined;
}

/** LIMIT: more of a request does not fit in a line. */
const WORDS_MAX = 7;

/** What somebody would recognise a request by: its texts without ids, types, and what is usual. */
function words(request: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown, name = ""): void => {
    if (typeof value === "string" && !/^#|^[0-9a-f]{8}-|^none$/i.test(value)) {
      // A level says nothing without what it is of.
      found.push(/level$/i.test(name) ? `${name.replace(/level$/i, "")} ${value}` : value);
    } else if (Array.isArray(value)) {
      value.forEach((one) => visit(one));
    } else if (isObject(value)) {
      Object.entries(value).forEach(([member, one]) => visit(one, member));
    }
  };
  visit(request);
  return found.slice(0, WORDS_MAX);
}
