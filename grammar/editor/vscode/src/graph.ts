/** The decision diagram of a policy, or of all of a project, beside the text. */

import { randomBytes } from "node:crypto";

import * as vscode from "vscode";

import { page } from "./picture";
import { decisionGraphRequest } from "./protocol";
import type { Server } from "./server";

interface Shown {
  panel: vscode.WebviewPanel;
  uri: string;
  policy: string | undefined;
}

/** The diagrams that are open. */
export class Graphs implements vscode.Disposable {
  readonly #server: Server;
  readonly #extension: vscode.Uri;
  readonly #shown = new Map<string, Shown>();
  readonly #saved = vscode.workspace.onDidSaveTextDocument(() => this.#refreshAll());

  constructor(server: Server, extension: vscode.Uri) {
    this.#server = server;
    this.#extension = extension;
  }

  /** Show the diagram of a policy, or of all policies that the file is compiled with. */
  async open(uri: string, policy: string | undefined): Promise<void> {
    const key = JSON.stringify([uri, policy]);
    const known = this.#shown.get(key);
    if (known !== undefined) {
      known.panel.reveal(undefined, true);
      await this.#refresh(known);
      return;
    }
    const resources = vscode.Uri.joinPath(this.#extension, "dist");
    const panel = vscode.window.createWebviewPanel(
      "gatewright.graph",
      policy ?? "Decision diagram",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [resources] },
    );
    const shown = { panel, uri, policy };
    this.#shown.set(key, shown);
    panel.onDidDispose(() => this.#shown.delete(key));
    if (!(await this.#refresh(shown))) {
      panel.dispose();
    }
  }

  #refreshAll(): void {
    for (const shown of this.#shown.values()) {
      void this.#refresh(shown);
    }
  }

  /** Draw anew; what was drawn stays where that cannot be done, and the reason is said. */
  async #refresh({ panel, uri, policy }: Shown): Promise<boolean> {
    const client = this.#server.client;
    if (client === undefined) {
      void vscode.window.showWarningMessage("The Gatewright language server is not running.");
      return false;
    }
    try {
      const asked = policy === undefined ? { uri } : { uri, policy };
      const { svg, title } = await client.sendRequest(decisionGraphRequest, asked);
      const script = vscode.Uri.joinPath(this.#extension, "dist", "preview.js");
      panel.title = title;
      panel.webview.html = page({
        svg,
        title,
        nonce: randomBytes(18).toString("base64url"),
        script: panel.webview.asWebviewUri(script).toString(),
        source: panel.webview.cspSource,
      });
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void vscode.window.showWarningMessage(`There is no decision diagram: ${why}`);
      return false;
    }
  }

  dispose(): void {
    this.#saved.dispose();
    for (const { panel } of [...this.#shown.values()]) {
      panel.dispose();
    }
  }
}
