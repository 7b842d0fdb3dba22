//! The command line, as `docs/cli.md` and `--help` show it.
//!
//! Names, options and exit codes are a contract; every flag has an environment twin
//! (`GATEWRIGHT_…`).

use std::path::PathBuf;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A policy language and compiler for Conditional Access.
#[derive(Parser, Debug)]
#[command(
    name = "gatewright",
    version,
    about = "A policy language and compiler for Conditional Access",
    arg_required_else_help = true,
    after_help = "\
PATH is a project folder, a .gate file, a Graph JSON file, a folder of Graph JSON files or a .gwb
bundle; `-` is standard input.

Exit codes: 0 yes, done; 1 could not run; 2 the answer is negative; 3 the source is invalid;
4 unknown.

Examples:
  gatewright check examples/contoso
  gatewright eval examples/contoso --request examples/contoso/signins.json
  gatewright rule check 'device.trustType -eq \"AzureAD\"'"
)]
pub(crate) struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    /// When to use colour.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        env = "GATEWRIGHT_COLOR"
    )]
    pub(crate) color: Color,

    /// People and objects: names for ids, group memberships, named locations.
    #[arg(long, global = true, value_name = "FILE", env = "GATEWRIGHT_DIRECTORY")]
    pub(crate) directory: Option<PathBuf>,

    /// Fix the clock (RFC 3339); the default is the wall clock.
    #[arg(long, global = true, value_name = "TIME", env = "GATEWRIGHT_NOW")]
    pub(crate) now: Option<String>,

    /// The edition to use instead of the project's, such as 2026-06.
    #[arg(
        long,
        global = true,
        value_name = "YEAR-MONTH",
        env = "GATEWRIGHT_EDITION"
    )]
    pub(crate) edition: Option<String>,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Parse, resolve, type-check and lint.
    Check(Check),
    /// Decide sign-ins.
    Eval(Eval),
    /// Write policy text in the one style.
    Fmt(Fmt),
    /// Run the scenario tests.
    Test(Test),
    /// Decide properties of all sign-ins, with counterexamples.
    Prove(Prove),
    /// Which sign-ins two policy sets decide differently.
    Diff(Diff),
    /// What is wrong with a policy set: gaps, lock-out, policies without effect.
    Analyze(Analyze),
    /// One expression on its own.
    #[command(
        subcommand,
        after_help = "\
Examples:
  gatewright rule check 'device.trustType -eq \"AzureAD\"'
  gatewright rule translate 'device.trustType -eq \"AzureAD\"' --from ca-device --to dyn-device"
    )]
    Rule(Rule),
    /// Graph JSON to a Gatewright project.
    Import(Import),
    /// Policies to Graph JSON or Terraform.
    Export(Export),
    /// Write the bytecode bundle.
    Build(Build),
    /// What is in a bundle or policy set.
    Inspect(Inspect),
    /// Decisions per second of this set on this machine.
    Bench(Bench),
    /// The page of a diagnostic or of an edition.
    Explain(Explain),
    /// Serve an editor, on standard input and output.
    Lsp(Lsp),
    /// Start a project.
    New(New),
    /// The version.
    #[command(after_help = "Examples:\n  gatewright version")]
    Version,
    /// Completions for a shell.
    Completions(Completions),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright check
  gatewright check policies --format github --deny warnings
  gatewright check exported.json --format sarif > findings.sarif
  gatewright check --fix")]
pub(crate) struct Check {
    /// What to check; the folder you are in, if nothing is given.
    pub(crate) paths: Vec<PathBuf>,

    /// How to print findings.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DiagnosticFormat,

    /// Levels to deny: `warnings`, a code or a lint's name.
    #[arg(
        long,
        value_name = "LINT",
        env = "GATEWRIGHT_DENY",
        value_delimiter = ','
    )]
    pub(crate) deny: Vec<String>,

    /// Apply the fixes that are certain.
    #[arg(long, env = "GATEWRIGHT_FIX", value_parser = yes_or_no())]
    pub(crate) fix: bool,

    /// Check again whenever a file changes.
    #[arg(long, env = "GATEWRIGHT_WATCH", value_parser = yes_or_no())]
    pub(crate) watch: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiagnosticFormat {
    Human,
    Json,
    Sarif,
    Github,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright eval examples/contoso --request examples/contoso/signins.json
  gatewright eval tenant.json --request - --format json < signin.json
  gatewright eval policies.gwb --request signins.jsonl --explain")]
pub(crate) struct Eval {
    /// The policies.
    pub(crate) path: PathBuf,

    /// Sign-ins: a JSON object, an array or JSON Lines; `-` is standard input.
    #[arg(long, value_name = "FILE", env = "GATEWRIGHT_REQUEST")]
    pub(crate) request: PathBuf,

    /// How to print decisions.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,

    /// Say which conditions and facts decided.
    #[arg(long, env = "GATEWRIGHT_EXPLAIN", value_parser = yes_or_no())]
    pub(crate) explain: bool,

    /// What a missing fact means: `graph`, the policy does not apply; `pessimistic`, it does.
    #[arg(long, value_enum, default_value = "graph", env = "GATEWRIGHT_MODE")]
    pub(crate) mode: Mode,

    /// What decides.
    #[arg(long, value_enum, default_value = "auto", env = "GATEWRIGHT_ENGINE")]
    pub(crate) engine: EngineKind,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright test
  gatewright test examples/contoso --run 'hotel' --coverage
  gatewright test --format junit > tests.xml")]
pub(crate) struct Test {
    /// The projects; the folder you are in, if nothing is given.
    pub(crate) paths: Vec<PathBuf>,

    /// Only tests with this in their name; `*` and `?` make it a pattern for all of the name.
    #[arg(long, value_name = "NAME", env = "GATEWRIGHT_RUN")]
    pub(crate) run: Option<String>,

    /// How to print results.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: TestFormat,

    /// Say which edges of the policies' decision diagrams the tests cover.
    #[arg(long, env = "GATEWRIGHT_COVERAGE", value_parser = yes_or_no())]
    pub(crate) coverage: bool,

    /// Print tests that take the edges no test takes, ready to be pasted; results go to standard
    /// error.
    #[arg(long, env = "GATEWRIGHT_SUGGEST", value_parser = yes_or_no())]
    pub(crate) suggest: bool,

    /// Change the policies as people do by mistake, and say which changes no test and no invariant
    /// notices; exit code 2 if there is one.
    #[arg(long, env = "GATEWRIGHT_MUTATE", value_parser = yes_or_no())]
    pub(crate) mutate: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 all are proved; 2 one is refuted; else 4 one is undecided; 3 the source is invalid;
1 could not run.

Examples:
  gatewright prove examples/meridian
  gatewright prove examples/contoso --within 'users roles [GlobalReader]'
  gatewright prove tenant.json examples/controls --witness witnesses
  gatewright prove examples/contoso --print-constraint")]
pub(crate) struct Prove {
    /// The policies.
    pub(crate) path: PathBuf,

    /// What to prove: the name of an invariant of the project, a file or folder with invariants, or
    /// clauses with `always` or `never`; all invariants of the project, if nothing is given.
    #[arg(value_name = "PROPERTY")]
    pub(crate) properties: Vec<String>,

    /// Only for sign-ins of which these clauses hold as well.
    #[arg(long, value_name = "CLAUSES", env = "GATEWRIGHT_WITHIN")]
    pub(crate) within: Option<String>,

    /// What is taken for granted.
    #[command(flatten)]
    pub(crate) assumed: Assumed,

    /// Print which sign-ins can exist, and prove nothing.
    #[arg(long, env = "GATEWRIGHT_PRINT_CONSTRAINT", value_parser = yes_or_no())]
    pub(crate) print_constraint: bool,

    /// A folder for the sign-ins that refute something, a request file each.
    #[arg(long, value_name = "DIR", env = "GATEWRIGHT_WITNESS")]
    pub(crate) witness: Option<PathBuf>,

    /// How to print results; `dot` draws what `--print-constraint` prints.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: ProveFormat,
}

/// What verbs that reason about all sign-ins take for granted.
#[derive(Args, Debug, Clone)]
pub(crate) struct Assumed {
    /// How far to search for each answer: clauses that the solver may learn.
    #[arg(
        long,
        value_name = "N",
        default_value_t = gatewright_analysis::Budget::default().learnt_max,
        env = "GATEWRIGHT_BUDGET"
    )]
    pub(crate) budget: u64,

    /// Take policies that only report as enforced.
    #[arg(long, env = "GATEWRIGHT_REPORT_ONLY", value_parser = yes_or_no())]
    pub(crate) report_only: bool,

    /// Count sign-ins of which facts are missing.
    #[arg(long, env = "GATEWRIGHT_MISSING_FACTS", value_parser = yes_or_no())]
    pub(crate) missing_facts: bool,

    /// Count sign-ins that cannot exist for this reason; `gatewright prove PATH
    /// --print-constraint` lists the reasons.
    #[arg(
        long,
        value_name = "ROW",
        value_delimiter = ',',
        env = "GATEWRIGHT_WITHOUT_ROWS"
    )]
    pub(crate) without: Vec<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 every sign-in is decided alike; 2 some are not; 4 nobody knows for sure; 3 a source is
invalid; 1 could not run.

Examples:
  gatewright diff main/access access --format markdown > comment.md
  gatewright diff tenant.json access --users directory.json
  gatewright diff main/access access --within 'users guests all'
  gatewright diff examples/contoso examples/contoso --old-edition 2025-01 --new-edition 2026-06")]
pub(crate) struct Diff {
    /// The policies as they were.
    pub(crate) old: PathBuf,

    /// The policies as they are to be.
    pub(crate) new: PathBuf,

    /// The edition to read OLD by.
    #[arg(long, value_name = "YEAR-MONTH", env = "GATEWRIGHT_OLD_EDITION")]
    pub(crate) old_edition: Option<String>,

    /// The edition to read NEW by.
    #[arg(long, value_name = "YEAR-MONTH", env = "GATEWRIGHT_NEW_EDITION")]
    pub(crate) new_edition: Option<String>,

    /// Only sign-ins of which these clauses of an invariant hold.
    #[arg(long, value_name = "CLAUSES", env = "GATEWRIGHT_WITHIN")]
    pub(crate) within: Option<String>,

    /// Count the people of this directory file whom each difference concerns.
    #[arg(long, value_name = "FILE", env = "GATEWRIGHT_USERS")]
    pub(crate) users: Option<PathBuf>,

    /// What is taken for granted.
    #[command(flatten)]
    pub(crate) assumed: Assumed,

    /// How to print differences; `markdown` fits a comment on a pull request.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DiffFormat,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 nothing is wrong; 2 there is a warning, a lock-out or a refuted invariant; 4 nothing is
wrong and not everything was answered; 3 the source is invalid; 1 could not run.

Examples:
  gatewright analyze examples/meridian
  gatewright analyze examples/contoso --by-persona --break-glass BreakGlass
  gatewright analyze tenant.json --report tenant.html --format json > tenant.json")]
pub(crate) struct Analyze {
    /// The policies.
    pub(crate) path: PathBuf,

    /// A user or group that is to get in whatever happens, by name or id; if none is given, those
    /// that most policies exclude.
    #[arg(
        long,
        value_name = "WHO",
        value_delimiter = ',',
        env = "GATEWRIGHT_BREAK_GLASS"
    )]
    pub(crate) break_glass: Vec<String>,

    /// Tell gaps by persona.
    #[arg(long, env = "GATEWRIGHT_BY_PERSONA", value_parser = yes_or_no())]
    pub(crate) by_persona: bool,

    /// Write everything as a page for people.
    #[arg(long, value_name = "FILE", env = "GATEWRIGHT_REPORT")]
    pub(crate) report: Option<PathBuf>,

    /// Tell notes in full, not only their number.
    #[arg(long, env = "GATEWRIGHT_NOTES", value_parser = yes_or_no())]
    pub(crate) notes: bool,

    /// What is taken for granted.
    #[command(flatten)]
    pub(crate) assumed: Assumed,

    /// How to print what was found.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiffFormat {
    Human,
    Json,
    Markdown,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProveFormat {
    Human,
    Json,
    Dot,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright fmt
  gatewright fmt examples --check
  gatewright fmt - < policies.gate")]
pub(crate) struct Fmt {
    /// Files and folders; the folder you are in, if nothing is given; `-` is standard input, and
    /// the result goes to standard output.
    pub(crate) paths: Vec<PathBuf>,

    /// Change nothing; show what would change, and end with exit code 2 if something would.
    #[arg(long, env = "GATEWRIGHT_CHECK", value_parser = yes_or_no())]
    pub(crate) check: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestFormat {
    Human,
    Json,
    Junit,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataFormat {
    Human,
    Json,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Graph,
    Pessimistic,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineKind {
    /// The slow evaluator written from the documentation.
    Reference,
    /// A walk over the decision DAG.
    Dag,
    /// The bytecode interpreter.
    Vm,
    /// Native code, in programs that were built with the feature `jit`.
    Jit,
    /// What suits the few sign-ins of a run: the interpreter.
    Auto,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Rule {
    /// Check rules: arguments, or one a line on standard input.
    #[command(after_help = "\
Examples:
  gatewright rule check 'device.trustType -eq \"AzureAD\" -and device.isCompliant -ne True'
  gatewright rule check --dialect dyn-user 'user.department -eq \"Sales\"'
  gatewright rule check --format json < rules.txt")]
    Check(RuleCheck),
    /// Evaluate a rule on facts: exit 0 true, 2 false, 4 unknown.
    #[command(after_help = "\
Examples:
  echo '{\"trustType\": \"AzureAD\"}' | gatewright rule eval 'device.trustType -eq \"AzureAD\"' --facts -
  echo null | gatewright rule eval 'device.trustType -ne \"AzureAD\"' --facts -")]
    Eval(RuleEval),
    /// Write a rule in another dialect, where it means the same: exit 2 where it does not.
    #[command(after_help = "\
Examples:
  gatewright rule translate 'device.trustType -eq \"AzureAD\"' --from ca-device --to intune-device")]
    Translate(RuleTranslate),
}

#[derive(Args, Debug)]
pub(crate) struct RuleCheck {
    /// The rules; one a line on standard input, if none is given.
    #[arg(allow_hyphen_values = true)]
    pub(crate) rules: Vec<String>,

    /// The dialect: `ca-device`, `ca-csa`, `dyn-user`, `dyn-device`, `intune-device`, `intune-app`.
    #[arg(long, default_value = "ca-device", env = "GATEWRIGHT_DIALECT")]
    pub(crate) dialect: String,

    /// The platform that an Intune filter is for, such as `windows10AndLater`.
    #[arg(long, env = "GATEWRIGHT_PLATFORM")]
    pub(crate) platform: Option<String>,

    /// How to print findings.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,
}

#[derive(Args, Debug)]
pub(crate) struct RuleEval {
    /// The rule.
    #[arg(allow_hyphen_values = true)]
    pub(crate) rule: String,

    /// The facts: the object that the dialect speaks of, or `null`; `-` is standard input.
    #[arg(long, value_name = "FILE", env = "GATEWRIGHT_FACTS")]
    pub(crate) facts: PathBuf,

    /// Facts that are not known, such as `device.isCompliant`.
    #[arg(
        long,
        value_name = "FACT",
        value_delimiter = ',',
        env = "GATEWRIGHT_UNKNOWN"
    )]
    pub(crate) unknown: Vec<String>,

    /// The dialect: `ca-device`, `ca-csa`, `dyn-user`, `dyn-device`, `intune-device`, `intune-app`.
    #[arg(long, default_value = "ca-device", env = "GATEWRIGHT_DIALECT")]
    pub(crate) dialect: String,

    /// The platform that an Intune filter is for, such as `windows10AndLater`.
    #[arg(long, env = "GATEWRIGHT_PLATFORM")]
    pub(crate) platform: Option<String>,

    /// How to print the result.
    #[arg(long, value_enum, default_value = "json", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,
}

#[derive(Args, Debug)]
pub(crate) struct RuleTranslate {
    /// The rule.
    #[arg(allow_hyphen_values = true)]
    pub(crate) rule: String,

    /// The dialect that it is written in.
    #[arg(long, value_name = "DIALECT", env = "GATEWRIGHT_FROM")]
    pub(crate) from: String,

    /// The dialect to write it in.
    #[arg(long, value_name = "DIALECT", env = "GATEWRIGHT_TO")]
    pub(crate) to: String,

    /// How to print the result.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright import tenant.json -o contoso
  gatewright import exported/ -o contoso --directory directory.json")]
pub(crate) struct Import {
    /// Graph JSON files and folders of them.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// The project folder to write; files that are there already are not overwritten.
    #[arg(short, long, value_name = "DIR", env = "GATEWRIGHT_OUTPUT")]
    pub(crate) output: PathBuf,

    /// All policies in one file, not one file per policy.
    #[arg(long, env = "GATEWRIGHT_GROUPED", value_parser = yes_or_no())]
    pub(crate) grouped: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright export contoso -o exported
  gatewright export contoso -o to-apply --normalise --split
  gatewright export contoso -o terraform --format terraform")]
pub(crate) struct Export {
    /// The policies.
    pub(crate) path: PathBuf,

    /// The folder to write; what an earlier export wrote there is replaced.
    #[arg(short, long, value_name = "DIR", env = "GATEWRIGHT_OUTPUT")]
    pub(crate) output: PathBuf,

    /// What to write.
    #[arg(long, value_enum, default_value = "graph", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: ExportFormat,

    /// Write what the service accepts, in canonical form, with the order in which to apply it; not
    /// what came in.
    #[arg(long, env = "GATEWRIGHT_NORMALISE", value_parser = yes_or_no())]
    pub(crate) normalise: bool,

    /// Write a policy that Entra cannot say as several that say the same, and prove it.
    #[arg(long, env = "GATEWRIGHT_SPLIT", value_parser = yes_or_no())]
    pub(crate) split: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// Graph JSON, one file per object.
    Graph,
    /// Resources of the provider `azuread`, as JSON.
    Terraform,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright build examples/contoso -o contoso.gwb
  gatewright build contoso.gwb --without-sources -o deployed.gwb")]
pub(crate) struct Build {
    /// The policies.
    pub(crate) path: PathBuf,

    /// The bundle to write.
    #[arg(short, long, value_name = "FILE", env = "GATEWRIGHT_OUTPUT")]
    pub(crate) output: PathBuf,

    /// Leave out the sources, from which `prove`, `diff`, `analyze` and others compile a bundle.
    #[arg(long, env = "GATEWRIGHT_WITHOUT_SOURCES", value_parser = yes_or_no())]
    pub(crate) without_sources: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright inspect contoso.gwb
  gatewright inspect examples/contoso --dot | dot -Tsvg > contoso.svg
  gatewright inspect --schema")]
pub(crate) struct Inspect {
    /// The bundle or policies.
    #[arg(required_unless_present = "schema")]
    pub(crate) path: Option<PathBuf>,

    /// How to print.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,

    /// Draw the decision DAG in the DOT language.
    #[arg(long, env = "GATEWRIGHT_DOT", value_parser = yes_or_no())]
    pub(crate) dot: bool,

    /// Draw the decision DAG as a picture.
    #[arg(long, conflicts_with = "dot", env = "GATEWRIGHT_SVG", value_parser = yes_or_no())]
    pub(crate) svg: bool,

    /// Only this policy, by name or id.
    #[arg(long, value_name = "NAME", env = "GATEWRIGHT_POLICY")]
    pub(crate) policy: Option<String>,

    /// List the instructions.
    #[arg(long, env = "GATEWRIGHT_LISTING", value_parser = yes_or_no())]
    pub(crate) listing: bool,

    /// List what each pass of the optimiser did.
    #[arg(long, env = "GATEWRIGHT_PASSES", value_parser = yes_or_no())]
    pub(crate) passes: bool,

    /// Leave out these passes of the optimiser: `sets`, `classes`.
    #[arg(
        long,
        value_name = "PASS",
        value_delimiter = ',',
        env = "GATEWRIGHT_WITHOUT"
    )]
    pub(crate) without: Vec<String>,

    /// Print the built-in schema.
    #[arg(long, env = "GATEWRIGHT_SCHEMA", value_parser = yes_or_no())]
    pub(crate) schema: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright bench examples/contoso
  gatewright bench contoso.gwb --requests signins.jsonl --seconds 10
  gatewright bench examples/contoso --format json > speed.json")]
pub(crate) struct Bench {
    /// The policies.
    pub(crate) path: PathBuf,

    /// Sign-ins to decide, as for `eval`; without it they are made up for the set.
    #[arg(long, value_name = "FILE", env = "GATEWRIGHT_REQUESTS")]
    pub(crate) requests: Option<PathBuf>,

    /// How long to measure.
    #[arg(
        long,
        value_name = "N",
        default_value = "3",
        env = "GATEWRIGHT_SECONDS",
        value_parser = seconds
    )]
    pub(crate) seconds: f64,

    /// How to print what was measured.
    #[arg(long, value_enum, default_value = "human", env = "GATEWRIGHT_FORMAT")]
    pub(crate) format: DataFormat,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright explain GW0302
  gatewright explain unknown-value
  gatewright explain 2026-06
  gatewright explain")]
pub(crate) struct Explain {
    /// A code, a lint's name, an edition, or `editions`; all codes are listed, if none is given.
    pub(crate) code: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Editors start this themselves; docs/editors.md says how they are told to.

Examples:
  gatewright lsp
  gatewright lsp --stdio --directory people.json")]
pub(crate) struct Lsp {
    /// Accepted because editors pass it; there is no other way to speak.
    #[arg(long, env = "GATEWRIGHT_STDIO", value_parser = yes_or_no())]
    pub(crate) stdio: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright new contoso && gatewright check contoso")]
pub(crate) struct New {
    /// The folder to make; its last part names the project.
    pub(crate) name: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewright completions bash > /etc/bash_completion.d/gatewright")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// The values of a flag's environment twin, in any case; nothing at all is no.
fn yes_or_no() -> impl TypedValueParser<Value = bool> {
    StringValueParser::new().try_map(|word| match word.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("neither yes nor no"),
    })
}

/// A time to measure for.
fn seconds(text: &str) -> Result<f64, &'static str> {
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|seconds| (0.0..=3_600.0).contains(seconds));
    seconds.ok_or("not a number of seconds up to 3600")
}
