/** How one sign-in is decided, step by step: the selection, an open file, or a file that is picked. */

import * as vscode from "vscode";

import type { Pages } from "./documents";
import { explainRequest } from "./protocol";
import { signIns, type SignIn } from "./requests";
import type { Server } from "./server";

/** Ask for a sign-in, and show how it is decided. */
export async function explain(server: Server, pages: Pages): Promise<void> {
  const client = server.client;
  if (client === undefined) {
    void vscode.window.showWarningMessage("The Gatewright language server is not running.");
    return;
  }
  try {
    const source = await pickSource();
    const signIn = source && (await pickSignIn(signIns(source.text)));
    if (source === undefined || signIn === undefined) {
      return;
    }
    const asked = { uri: source.uri.toString(), request: signIn.json };
    const { markdown, verdict } = await client.sendRequest(explainRequest, asked);
    await pages.show(`${signIn.label}: ${verdict}`, markdown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`The sign-in cannot be explained: ${why}`);
  }
}

/** Text with sign-ins, and a file of the project that decides them. */
interface Source {
  text: string;
  uri: vscode.Uri;
}

async function pickSource(): Promise<Source | undefined> {
  const editor = vscode.window.activeTextEditor;
  const document = editor?.document;
  const isJson = document !== undefined && ["json", "jsonc"].includes(document.languageId);
  if (editor !== undefined && document !== undefined) {
    const selected = document.getText(editor.selection);
    if (selected.trim().startsWith("{") || selected.trim().startsWith("[")) {
      return { text: selected, uri: document.uri };
    }
  }
  if (isJson) {
    return { text: document.getText(), uri: document.uri };
  }
  const file = await pickFile();
  if (file === undefined) {
    return undefined;
  }
  const opened = await vscode.workspace.openTextDocument(file);
  return { text: opened.getText(), uri: document?.uri ?? file };
}

/** LIMIT: a longer list is searched in the dialog. */
const FILES_MAX = 200;

async function pickFile(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles("**/*.json", "**/node_modules/**", FILES_MAX);
  const paths = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  paths.sort((a, b) => a.label.localeCompare(b.label));
  const other = { label: "Another file…", uri: undefined };
  const chosen = await vscode.window.showQuickPick([...paths, other], {
    title: "Explain a sign-in",
    placeHolder: "A file with one request, or with a list of them",
  });
  if (chosen === undefined || chosen.uri !== undefined) {
    return chosen?.uri;
  }
  const opened = await vscode.window.showOpenDialog({ filters: { "Sign-ins": ["json"] } });
  return opened?.[0];
}

async function pickSignIn(found: SignIn[]): Promise<SignIn | undefined> {
  if (found.length <= 1) {
    return found[0];
  }
  const title = "Explain a sign-in";
  return vscode.window.showQuickPick(found, { title, matchOnDetail: true });
}
