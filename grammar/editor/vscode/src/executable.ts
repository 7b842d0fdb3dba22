/** Where the compiler is: what the setting names, or the first of its name on the search path. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** What finding a program depends on. */
export interface Surroundings {
  path: string;
  /** On Windows, the endings of programs. */
  endings: string[];
  workspace: string | undefined;
  isProgram: (file: string) => boolean;
}

/** The surroundings of this process, for the first folder of the workspace. */
export function surroundings(workspace: string | undefined): Surroundings {
  const isWindows = process.platform === "win32";
  const endings = isWindows ? (process.env["PATHEXT"] ?? ".EXE").split(";") : [];
  return { path: process.env["PATH"] ?? "", endings: ["", ...endings], workspace, isProgram };
}

/** The program that `named` stands for; nothing where there is no such program. */
export function findExecutable(named: string, around: Surroundings): string | undefined {
  const program = expanded(named.trim() === "" ? "gatewright" : named.trim(), around);
  const hasFolder = /[\\/]/.test(program);
  // What is relative there depends on where the editor was started.
  let folders = around.path.split(delimiter).filter(isAbsolute);
  if (isAbsolute(program)) {
    folders = [""];
  } else if (hasFolder) {
    folders = around.workspace === undefined ? [] : [around.workspace];
  }
  for (const folder of folders) {
    const file = folder === "" ? program : join(folder, program);
    const found = around.endings.find((ending) => around.isProgram(file + ending));
    if (found !== undefined) {
      return file + found;
    }
  }
  return undefined;
}

function expanded(program: string, around: Surroundings): string {
  const home = program.replace(/^~(?=[\\/])/, () => homedir());
  return home.replaceAll("${workspaceFolder}", around.workspace ?? "${workspaceFolder}");
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
