-- A session of somebody who writes policies, in Neovim as it is, against the built server.
--
-- Started by tests/tests/editors.rs in a copy of examples/contoso. GATEWRIGHT_CONFIGURATION names
-- the configuration of docs/editors.md that is tried. Every step asserts; the first that fails ends
-- the session with its name, what was seen, and status 1.

-- LIMIT: milliseconds; a server that has not answered by then is taken for one that will not.
local PATIENCE = 30000

local is_failed = false

local function say(text)
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

local function step(name, run)
  if is_failed then
    return
  end
  local is_done, why = xpcall(run, debug.traceback)
  is_failed = not is_done
  say(is_done and ("ok: " .. name) or ("failed: " .. name .. "\n" .. tostring(why)))
end

-- Wait until `found` gives something, and give that.
local function until_there(what, found)
  local result
  local is_there = vim.wait(PATIENCE, function()
    result = found()
    return result ~= nil and result ~= false
  end, 10)
  if not is_there then
    error("never came: " .. what .. "\n" .. vim.inspect(vim.diagnostic.get(0)), 2)
  end
  return result
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer or 0, 0, -1, true), "\n") .. "\n"
end

local function stored(path)
  local file = assert(io.open(path, "rb"))
  local all = file:read("*a")
  file:close()
  return all
end

-- Open a file of the project, with the server attached.
local function open(path)
  vim.cmd("edit " .. path)
  assert(vim.bo.filetype == "gatewright", "the type of the file is " .. vim.bo.filetype)
  until_there("a client of " .. path, function()
    return vim.lsp.buf_is_attached(0, until_there("a client", function()
      local _, client = next(vim.lsp.buf_get_clients(0))
      return client and client.initialized and client.id
    end))
  end)
  return vim.api.nvim_get_current_buf()
end

-- Put the cursor on the first place of a word.
local function go(word)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    local column = line:find(word, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return
    end
  end
  error("nowhere: " .. word, 2)
end

-- Replace the first place of a word, as if it were typed.
local function replace(word, by)
  go(word)
  local line, column = unpack(vim.api.nvim_win_get_cursor(0))
  vim.api.nvim_buf_set_text(0, line - 1, column, line - 1, column + #word, vim.split(by, "\n"))
end

local function finding(code)
  for _, found in ipairs(vim.diagnostic.get(0)) do
    -- Before 0.8 the code is among what only the protocol knows.
    local given = found.code or vim.tbl_get(found, "user_data", "lsp", "code")
    if given == code then
      return found
    end
  end
end

local function ask(method, parameters)
  local answers = vim.lsp.buf_request_sync(0, method, parameters, PATIENCE)
  local _, answer = next(answers or {})
  assert(answer, method .. " is not answered")
  assert(answer.err == nil, method .. ": " .. vim.inspect(answer.err))
  return answer.result
end

local function here()
  return vim.lsp.util.make_position_params(0, "utf-16")
end

local function completions()
  local found = ask("textDocument/completion", here())
  local words = {}
  for _, item in ipairs(found and (found.items or found) or {}) do
    words[item.label] = true
  end
  return words
end

vim.o.hidden = true
vim.o.swapfile = false
vim.cmd("filetype on")

step("the configuration of the page loads", function()
  dofile(assert(os.getenv("GATEWRIGHT_CONFIGURATION"), "GATEWRIGHT_CONFIGURATION is not set"))
end)

local baseline
local original = stored("policies/baseline.gate")

step("a file of policies has a client", function()
  baseline = open("policies/baseline.gate")
end)

step("what is nearly right is found in a file that is opened", function()
  open("policies/devices.gate")
  local found = until_there("GW0402", function()
    return finding("GW0402")
  end)
  assert(#found.message > 20, found.message)
end)

step("a broken line has a finding, at its place", function()
  open("policies/baseline.gate")
  replace("require mfa", "requir mfa")
  local found = until_there("GW0113", function()
    return finding("GW0113")
  end)
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  assert(found.lnum == line and found.col == 4, vim.inspect(found))
  assert(found.severity == vim.diagnostic.severity.ERROR, vim.inspect(found))
end)

step("a mended line has none", function()
  replace("requir mfa", "require mfa")
  until_there("no finding", function()
    return finding("GW0113") == nil
  end)
  assert(text() == original)
end)

step("clauses are offered where one can stand", function()
  go("apps    all")
  local words = completions()
  for _, word in ipairs({ "session", "devices", "locations", "platforms", "unless" }) do
    assert(words[word], word .. " is not offered: " .. vim.inspect(vim.tbl_keys(words)))
  end
  for _, word in ipairs({ "policy", "group", "expect", "BreakGlass" }) do
    assert(not words[word], word .. " is offered where it cannot stand")
  end
end)

step("what is chosen replaces what was typed", function()
  replace("apps    all", "apps    all\n    devi")
  go("devi")
  local place = here()
  place.position.character = place.position.character + #"devi"
  local found = ask("textDocument/completion", place)
  local devices
  for _, item in ipairs(found.items or found) do
    if item.label == "devices" then
      devices = item
    end
  end
  assert(devices, vim.inspect(found))
  local buffer = vim.api.nvim_get_current_buf()
  vim.lsp.util.apply_text_edits({ devices.textEdit }, buffer, "utf-16")
  assert(text():find("\n    apps    all\n    devices\n", 1, true), text())
  go("    devices")
  vim.cmd("delete")
  assert(text() == original)
end)

step("what is typed, undone and put elsewhere leaves both in step", function()
  for _, keys in ipairs({
    "ggO// å😀 日本\27",
    "ggdd",
    "u",
    "jp",
    "u",
    "ggVGd",
    "u",
    "Go\tpolicy \"å😀\" {\27",
    "kJ",
    "u",
    "u",
    "u",
  }) do
    vim.cmd("normal! " .. keys)
  end
  for _ = 1, 50 do
    if text() ~= original then
      vim.cmd("undo")
    end
  end
  assert(text() == original)
  until_there("no finding", function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0
  end)
  -- A server with another text would have something to lay out, or symbols elsewhere.
  local document = here().textDocument
  local options = { tabSize = 4, insertSpaces = true }
  local edits = ask("textDocument/formatting", { textDocument = document, options = options })
  assert(vim.tbl_isempty(edits or {}), vim.inspect(edits))
  local symbols = ask("textDocument/documentSymbol", { textDocument = document })
  assert(#symbols > 3, vim.inspect(symbols))
  for _, symbol in ipairs(symbols) do
    local at = symbol.selectionRange.start.line
    local line = vim.api.nvim_buf_get_lines(0, at, at + 1, true)[1]
    assert(line:find(symbol.name, 1, true), symbol.name .. " is not in " .. line)
  end
end)

step("names are offered where one can stand, in a line that is not finished", function()
  replace("groups [BreakGlass]", "groups [Bre")
  local line = vim.api.nvim_win_get_cursor(0)[1]
  vim.api.nvim_win_set_cursor(0, { line, #vim.api.nvim_get_current_line() - 1 })
  -- After the last character, as in insert mode.
  local place = here()
  place.position.character = place.position.character + 1
  local found = ask("textDocument/completion", place)
  local words = {}
  for _, item in ipairs(found.items or found) do
    words[item.label] = true
  end
  assert(words.BreakGlass and not words.Payroll, vim.inspect(vim.tbl_keys(words)))
  replace("groups [Bre", "groups [BreakGlass]")
  assert(text() == original)
end)

step("what is under the cursor is explained", function()
  go("BreakGlass")
  local found = ask("textDocument/hover", here())
  assert(vim.inspect(found):find("Two accounts with hardware keys", 1, true), vim.inspect(found))
end)

step("a definition is in another file", function()
  go("BreakGlass")
  vim.lsp.buf.definition()
  until_there("objects.gate", function()
    return vim.api.nvim_buf_get_name(0):match("objects%.gate$")
  end)
  local line, column = unpack(vim.api.nvim_win_get_cursor(0))
  local declared = vim.api.nvim_get_current_line()
  assert(declared:sub(column + 1):find("^BreakGlass"), line .. ": " .. declared)
end)

step("a name is renamed in every file", function()
  local files = vim.fn.glob("**/*.gate", false, true)
  assert(#files > 5, vim.inspect(files))
  vim.api.nvim_set_current_buf(baseline)
  go("BreakGlass")
  vim.lsp.buf.rename("Emergency")
  until_there("the new name", function()
    return text(baseline):find("Emergency", 1, true)
  end)
  local number = 0
  for _, path in ipairs(files) do
    local before = stored(path)
    if before:find("%f[%w]BreakGlass%f[%W]") then
      number = number + 1
      local after = before:gsub("%f[%w]BreakGlass%f[%W]", "Emergency")
      assert(vim.fn.bufloaded(path) == 1, path .. " is not edited")
      assert(text(vim.fn.bufnr(path)) == after, path .. " is edited otherwise")
    end
  end
  assert(number > 2, number .. " files")
  vim.cmd("wall")
  -- The server has followed: the old name is nowhere, and the new one is known everywhere.
  local parameters = here()
  parameters.context = { includeDeclaration = true }
  local found = ask("textDocument/references", parameters)
  assert(#found > number, vim.inspect(found))
  local errors = vim.diagnostic.get(nil, { severity = vim.diagnostic.severity.ERROR })
  assert(#errors == 0, vim.inspect(errors))
end)

step("a name that another has is refused", function()
  vim.api.nvim_set_current_buf(baseline)
  go("Emergency")
  local before = text()
  local parameters = here()
  parameters.newName = "ServiceAccounts"
  local answers = vim.lsp.buf_request_sync(0, "textDocument/rename", parameters, PATIENCE)
  local _, answer = next(answers or {})
  assert(answer and answer.result == nil, vim.inspect(answer))
  local why = answer.err or answer.error
  assert(why and why.message:find("ServiceAccounts", 1, true), vim.inspect(answer))
  assert(text() == before)
end)

step("a file is laid out", function()
  local finance = open("policies/finance.gate")
  local tidy = text()
  replace("    state   enabled", "  state enabled")
  replace("[mfa, compliantDevice]", "[mfa,compliantDevice]")
  assert(text() ~= tidy);
  (vim.lsp.buf.format or vim.lsp.buf.formatting_sync)(nil, PATIENCE)
  until_there("the one style", function()
    return text(finance) == tidy
  end)
end)

step("a code action mends a word", function()
  local admins = open("policies/admins.gate")
  local right = text()
  replace("GlobalAdministrator", "GlobalAdministator")
  until_there("a finding", function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) > 0
  end)
  go("GlobalAdministator")
  local titles = {}
  vim.ui.select = function(items, options, chosen)
    for at, item in ipairs(items) do
      local title = options.format_item(item)
      titles[#titles + 1] = title
      if title:find("GlobalAdministrator", 1, true) then
        return chosen(item, at)
      end
    end
    chosen(nil)
  end
  vim.lsp.buf.code_action()
  until_there("the right word, of " .. vim.inspect(titles), function()
    return text(admins) == right
  end)
end)

step("the server ends when the editor does", function()
  local client = vim.lsp.get_client_by_id(next(vim.tbl_map(function(client)
    return client.id
  end, vim.lsp.buf_get_clients(0))))
  client.stop()
  until_there("its end", function()
    return client.is_stopped()
  end)
end)

vim.cmd(is_failed and "cquit 1" or "qall!")
