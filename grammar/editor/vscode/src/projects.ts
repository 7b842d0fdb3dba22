/** The projects that the server has told of, and which of them is meant. */

import * as vscode from "vscode";

import { nearest } from "./nearest";
import { statusChanged, type Status } from "./protocol";
import type { Server } from "./server";

/** What the server knows of each project. */
export class Projects implements vscode.Disposable {
  readonly #known = new Map<string, Status>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #started: vscode.Disposable;

  /** Fires when there are other projects, or when more is known of one. */
  readonly onDidChange = this.#changed.event;

  constructor(server: Server) {
    this.#started = server.onStart((client) => {
      this.#known.clear();
      this.#changed.fire();
      client.onNotification(statusChanged, (status) => {
        this.#known.set(status.project, status);
        this.#changed.fire();
      });
    });
  }

  /** The project around a file; where there is but one, that one. */
  of(uri: vscode.Uri | undefined): Status | undefined {
    const names = uri === undefined ? [] : [uri.toString(), uri.fsPath];
    return nearest(this.#known.values(), names) ?? this.#only();
  }

  /** The project that is meant to decide something of this file; whoever uses it may be asked. */
  async choose(uri: vscode.Uri | undefined, title: string): Promise<vscode.Uri | undefined> {
    const found = this.of(uri);
    if (found !== undefined) {
      return address(found);
    }
    const all = this.#withPolicies().map((status) => ({
      label: vscode.workspace.asRelativePath(address(status)),
      description: `${status.policies} policies`,
      status,
    }));
    if (all.length === 0) {
      throw new Error("no policies are here that could decide it");
    }
    all.sort((a, b) => a.label.localeCompare(b.label));
    const chosen = await vscode.window.showQuickPick(all, { title, placeHolder: "A project" });
    return chosen && address(chosen.status);
  }

  #withPolicies(): Status[] {
    return [...this.#known.values()].filter(({ policies }) => policies > 0);
  }

  #only(): Status | undefined {
    const all = this.#withPolicies();
    return all.length === 1 ? all[0] : undefined;
  }

  dispose(): void {
    this.#started.dispose();
    this.#changed.dispose();
  }
}

/** The address of a project, whose name is that of a folder, or is an address already. */
function address({ project }: Status): vscode.Uri {
  const isAddress = /^[a-z][a-z\d+.-]+:/i.test(project);
  return isAddress ? vscode.Uri.parse(project) : vscode.Uri.file(project);
}
