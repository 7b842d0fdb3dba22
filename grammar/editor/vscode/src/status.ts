/** The item in the status bar: how many policies there are, and whether the invariants hold. */

import * as vscode from "vscode";

import type { Projects } from "./projects";
import type { Server } from "./server";
import { described, short } from "./summary";

export function showStatus(server: Server, projects: Projects): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "gatewright.status",
    vscode.StatusBarAlignment.Left,
  );
  item.name = "Gatewright";
  // What is said stays while a page or a diagram is looked at.
  let last = vscode.window.activeTextEditor?.document.uri;

  const paint = (text: string, tooltip: string, command: string, colour?: string): void => {
    item.text = text;
    item.tooltip = new vscode.MarkdownString(tooltip);
    item.command = command;
    item.backgroundColor = colour === undefined ? undefined : new vscode.ThemeColor(colour);
    item.show();
  };
  const refresh = (): void => {
    const warning = "statusBarItem.warningBackground";
    if (server.trouble !== undefined) {
      const tooltip = `**Gatewright**\n\n${server.trouble}\n\nClick to try again.`;
      paint("$(shield) Gatewright $(warning)", tooltip, "gatewright.restart", warning);
      return;
    }
    const status = projects.of(last);
    if (status === undefined) {
      item.hide();
      return;
    }
    const isRefuted = status.invariants.refuted > 0;
    const colour = isRefuted ? "statusBarItem.errorBackground" : undefined;
    const isTested = status.invariants.proved + status.invariants.refuted > 0;
    const command = isTested ? "workbench.view.testing.focus" : "gatewright.showOutput";
    paint(short(status), described(status), command, colour);
  };

  const opened = vscode.window.onDidChangeActiveTextEditor((editor) => {
    last = editor?.document.uri ?? last;
    refresh();
  });
  const changed = projects.onDidChange(refresh);
  const troubled = server.onTrouble(refresh);
  return vscode.Disposable.from(item, changed, troubled, opened);
}
