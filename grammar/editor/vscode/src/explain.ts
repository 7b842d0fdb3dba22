/** How one sign-in is decided, step by step: the selection, an open file, or a file that is picked. */

import * as vscode from "vscode";

import { asText } from "./failure";
import type { Pages } from "./pages";
import type { Projects } from "./projects";
import { explainRequest } from "./protocol";
import { signInAt, signIns, type SignIn } from "./requests";
import type { Server } from "./server";

const TITLE = "Explain a sign-in";

/** What explaining takes. */
export interface Explaining {
  server: Server;
  projects: Projects;
  pages: Pages;
}

/** Ask for a sign-in, unless a file is given that has but one, and show how it is decided. */
export async function explain(by: Explaining, file?: vscode.Uri): Promise<void> {
  const client = by.server.client;
  if (client === undefined) {
    by.server.sayNotRunning();
    return;
  }
  try {
    const source = file === undefined ? await pickSource() : await sourceOf(file);
    const signIn = source && (await pickSignIn(source));
    if (source === undefined || signIn === undefined) {
      return;
    }
    const project = await by.projects.choose(source.uri, TITLE);
    if (project === undefined) {
      return;
    }
    const asked = { uri: project.toString(), request: signIn.json };
    const { markdown } = await client.sendRequest(explainRequest, asked);
    await by.pages.show(signIn.label, markdown, project);
  } catch (error) {
    const message = `The sign-in cannot be explained: ${asText(error)}`;
    void vscode.window.showErrorMessage(message);
  }
}

/** Text with sign-ins, and a file of the project that decides them. */
interface Source {
  text: string;
  uri: vscode.Uri;
  /** Where in the text the cursor is. */
  cursor?: number;
}

async function pickSource(): Promise<Source | undefined> {
  const editor = vscode.window.activeTextEditor;
  const document = editor?.document;
  if (editor !== undefined && document !== undefined) {
    const selected = document.getText(editor.selection);
    if (selected.trim().startsWith("{") || selected.trim().startsWith("[")) {
      return { text: selected, uri: document.uri };
    }
    if (["json", "jsonc"].includes(document.languageId)) {
      const cursor = document.offsetAt(editor.selection.active);
      return { text: document.getText(), uri: document.uri, cursor };
    }
  }
  const file = await pickFile();
  const source = file && (await sourceOf(file));
  return source && { ...source, uri: document?.uri ?? source.uri };
}

async function sourceOf(file: vscode.Uri): Promise<Source> {
  const opened = await vscode.workspace.openTextDocument(file);
  return { text: opened.getText(), uri: file };
}

/** LIMIT: a longer list is searched in the dialog. */
const FILES_MAX = 200;

async function pickFile(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles("**/*.json", "**/node_modules/**", FILES_MAX);
  const paths = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  paths.sort((a, b) => a.label.localeCompare(b.label));
  const other = { label: "Another file…", uri: undefined };
  const chosen = await vscode.window.showQuickPick([...paths, other], {
    title: TITLE,
    placeHolder: "A file with one request, or with a list of them",
  });
  if (chosen === undefined || chosen.uri !== undefined) {
    return chosen?.uri;
  }
  const opened = await vscode.window.showOpenDialog({ filters: { "Sign-ins": ["json"] } });
  return opened?.[0];
}

async function pickSignIn({ text, cursor }: Source): Promise<SignIn | undefined> {
  const found = signIns(text);
  const here = cursor === undefined ? undefined : found[signInAt(text, cursor) ?? -1];
  if (here !== undefined || found.length <= 1) {
    return here ?? found[0];
  }
  return vscode.window.showQuickPick(found, { title: TITLE, matchOnDetail: true });
}
