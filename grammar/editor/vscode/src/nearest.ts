/** Which project a file is of, by the names that the server has for projects. */

import type { Status } from "./protocol";

/** What ends the name of a project that is the Graph JSON of a folder. */
const ALL_JSON = /[\\/]\*\.json$/;

/** The project around a file, the innermost of several. `names` are the names of the file. */
export function nearest(projects: Iterable<Status>, names: string[]): Status | undefined {
  const around = [...projects].filter(({ project }) => names.some((name) => isIn(name, project)));
  return around.sort((a, b) => folder(b).length - folder(a).length || order(a, b))[0];
}

function isIn(name: string, project: string): boolean {
  const start = project.replace(ALL_JSON, "");
  const next = name.charAt(start.length);
  return name.startsWith(start) && (next === "" || /[\\/]/.test(next) || /[\\/]$/.test(start));
}

function folder({ project }: Status): string {
  return project.replace(ALL_JSON, "");
}

/** Policy text before the JSON that lies beside it. */
function order(a: Status, b: Status): number {
  return Number(ALL_JSON.test(a.project)) - Number(ALL_JSON.test(b.project));
}
