/** The item in the status bar: how many policies there are, and whether the invariants hold. */

import * as vscode from "vscode";

import { statusChanged, type Status } from "./protocol";
import type { Server } from "./server";
import { described, short } from "./summary";

export function showStatus(server: Server): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "gatewright.status",
    vscode.StatusBarAlignment.Left,
  );
  item.name = "Gatewright";
  item.command = "gatewright.showOutput";
  const projects = new Map<string, Status>();

  /** The project of the file that is open, or the only one. */
  const current = (): Status | undefined => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const open = uri === undefined ? [] : [uri.toString(), uri.fsPath];
    const all = [...projects.values()];
    const around = all.filter(({ project }) => open.some((name) => name.startsWith(project)));
    around.sort((a, b) => b.project.length - a.project.length);
    return around[0] ?? (all.length === 1 ? all[0] : undefined);
  };
  const refresh = (): void => {
    const status = current();
    if (status === undefined) {
      item.hide();
      return;
    }
    const isRefuted = status.invariants.refuted > 0;
    item.text = short(status);
    item.tooltip = new vscode.MarkdownString(described(status));
    item.backgroundColor = isRefuted
      ? new vscode.ThemeColor("statusBarItem.errorBackground")
      : undefined;
    item.show();
  };

  const started = server.onStart((client) => {
    projects.clear();
    refresh();
    client.onNotification(statusChanged, (status) => {
      projects.set(status.project, status);
      refresh();
    });
  });
  const opened = vscode.window.onDidChangeActiveTextEditor(refresh);
  return vscode.Disposable.from(item, started, opened);
}
