//! The command line as a typed model. The help texts are part of the product: one line, imperative, no period.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Compile Score files to the configuration of any platform.
#[derive(Debug, Parser)]
#[command(
    name = "scorec",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 the input has errors, 2 the command line is wrong, 3 a comparison found a difference"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Say nothing but errors and warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is read, chosen and written, too
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Use colours [default: when a terminal is looking]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<Color>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

const BUILD_EXAMPLES: &str = "Examples:
  scorec build                         score.yaml for the default environment
  scorec build --env staging --check   whether build/staging is up to date
  scorec build web/score.yaml -o -     one Score file, to standard output
  scorec build --image web=shop/web:4.2 --publish 8080:web:80";

const EXPLAIN_EXAMPLES: &str = "Examples:
  scorec explain db                    the resource that a Score file calls db
  scorec explain web.db --env staging  that of the workload web, in another environment";

const DIFF_EXAMPLES: &str = "Examples:
  scorec diff                                    what a build would change in build/local
  scorec diff --env staging --against production how staging differs from production
  scorec diff --against ../before/build/local    how it differs from an earlier build";

const TEST_EXAMPLES: &str = "Examples:
  scorec test                          all packs of this project
  scorec test platform --case orders   one case of one pack
  scorec test --bless --env staging    take what is built for staging as what is expected";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a project: write a sample score.yaml and a commented scorec.kdl
    Init(Init),
    /// Start a target, a rule or a pack: write commented files, and a case that passes
    #[command(subcommand)]
    New(New),
    /// Compile Score files to the output folder
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Build),
    /// Report every problem of Score files and definitions, and write nothing
    Check(Check),
    /// Say what a build adds, changes and removes against another environment or an earlier build
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Diff),
    /// Run the cases of packs, and compare what is built with what they expect
    #[command(after_help = TEST_EXAMPLES)]
    Test(Test),
    /// Say which rule meets a resource, why, and why not the others
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Draw workloads, resources and what they need
    Graph(Graph),
    /// Show the resources of a build
    #[command(subcommand)]
    Resources(Resources),
    /// Show the resource types that Score files can ask for
    #[command(subcommand)]
    Types(Types),
    /// Show the rules
    #[command(subcommand)]
    Rules(Rules),
    /// Show the patches
    #[command(subcommand)]
    Patches(Patches),
    /// Show the policies, and what is exempt from them
    #[command(subcommand)]
    Policies(Policies),
    /// Show the targets
    #[command(subcommand)]
    Targets(Targets),
    /// Show the environments
    #[command(subcommand)]
    Envs(Envs),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// What is compiled, and for what; the same for every command that compiles.
#[derive(Clone, Debug, Default, Args)]
pub struct Input {
    /// Score files [default: the workloads of scorec.kdl, else score.yaml]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The environment [default: that of scorec.kdl, else local]
    #[arg(short, long, value_name = "NAME")]
    pub env: Option<String>,
    /// The target [default: that of the environment]
    #[arg(short, long, value_name = "NAME")]
    pub target: Option<String>,
    /// Merge this file into the Score file first
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
    /// Set a value of the Score file; an empty one removes it
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Use this image for the container, or for every container whose image is `.`
    #[arg(short, long = "image", value_name = "[[WORKLOAD/]CONTAINER=]IMAGE")]
    pub images: Vec<String>,
    /// Build the image of the container from this folder, or as this section says
    #[arg(long = "build", value_name = "[WORKLOAD/]CONTAINER=FOLDER|{…}")]
    pub builds: Vec<String>,
    /// Publish a port on this machine
    #[arg(short, long = "publish", value_name = "HOST:WORKLOAD|RESOURCE.OUTPUT:CONTAINER")]
    pub publish: Vec<String>,
    /// Set an option of the target
    #[arg(long = "option", value_name = "NAME=VALUE")]
    pub options: Vec<String>,
    /// Run the programs that rules name, also those that scorec.kdl does not allow
    #[arg(long)]
    pub allow_run: bool,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The project's name [default: that of the folder]
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Write no sample score.yaml
    #[arg(long)]
    pub no_sample: bool,
}

#[derive(Debug, Subcommand)]
pub enum New {
    /// A target, in a pack of its own below targets/
    Target {
        #[arg(help = "Its name", value_name = "NAME")]
        name: String,
    },
    /// A rule for a resource type, in the pack rules/
    Rule {
        #[arg(help = "A resource type, old or new", value_name = "TYPE")]
        ty: String,
        #[arg(short, long, help = "Only for this target", value_name = "NAME")]
        target: Option<String>,
    },
    /// A pack, in a folder of its own
    Pack {
        #[arg(help = "Its name", value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    pub input: Input,
    /// The output folder, or `-` for standard output [default: build/<env>]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Write nothing; exit with 3 when the files on disk differ
    #[arg(long)]
    pub check: bool,
    /// Overwrite files that scorec did not write
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub input: Input,
    /// Check against every environment
    #[arg(long, conflicts_with = "env")]
    pub all_envs: bool,
    /// How problems are printed
    #[arg(long, value_enum, default_value_t = ProblemFormat::Human)]
    pub format: ProblemFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ProblemFormat {
    Human,
    Json,
    Sarif,
}

#[derive(Debug, Args)]
pub struct Diff {
    #[command(flatten)]
    pub input: Input,
    /// What to compare with: an environment, or the folder of an earlier build [default: build/<env>]
    #[arg(long, value_name = "ENV|FOLDER")]
    pub against: Option<String>,
    #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
    pub format: ListFormat,
    /// Exit with 3 when anything differs
    #[arg(long)]
    pub exit_code: bool,
}

#[derive(Debug, Args)]
pub struct Test {
    /// Folders of packs [default: this project, and the packs in it that scorec.kdl uses]
    #[arg(value_name = "PACK")]
    pub packs: Vec<PathBuf>,
    /// Run only the cases of this name
    #[arg(long = "case", value_name = "NAME")]
    pub cases: Vec<String>,
    /// Run only this environment; with --bless, add it to the cases
    #[arg(short, long, value_name = "NAME")]
    pub env: Option<String>,
    /// Write what comes out as what is expected
    #[arg(long)]
    pub bless: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A resource: its name in the Score file, WORKLOAD.NAME, its id or its uid
    pub resource: String,
    #[command(flatten)]
    pub input: Input,
}

#[derive(Debug, Args)]
pub struct Graph {
    #[command(flatten)]
    pub input: Input,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t = GraphFormat::Tree)]
    pub format: GraphFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum GraphFormat {
    Tree,
    Dot,
    Mermaid,
    Json,
    Svg,
}

#[derive(Debug, Subcommand)]
pub enum Resources {
    /// List the resources with their rules
    List(ResourcesList),
    /// Show the outputs of a resource; secrets stay hidden
    Outputs(ResourcesOutputs),
    /// Let programs undo what they provided for a resource, and forget it
    Deprovision(ResourcesDeprovision),
}

#[derive(Debug, Args)]
pub struct ResourcesDeprovision {
    /// A resource: its uid, or its id where no other has it
    pub resource: String,
    /// The environment [default: that of scorec.kdl, else local]
    #[arg(short, long, value_name = "NAME")]
    pub env: Option<String>,
    /// Run the programs also where scorec.kdl does not allow them
    #[arg(long)]
    pub allow_run: bool,
}

#[derive(Debug, Args)]
pub struct ResourcesList {
    #[command(flatten)]
    pub input: Input,
    #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub struct ResourcesOutputs {
    /// A resource: its name in the Score file, WORKLOAD.NAME, its id or its uid
    pub resource: String,
    #[command(flatten)]
    pub input: Input,
    #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
    pub format: ListFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ListFormat {
    #[value(alias = "table")]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Types {
    /// List the resource types
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
    /// Show the params, the outputs and the rules of a type
    Show {
        #[arg(help = "A resource type", value_name = "TYPE")]
        name: String,
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List the rules, those of the project first
    List {
        #[arg(long = "type", value_name = "TYPE", help = "Only those for this resource type")]
        ty: Option<String>,
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
    /// Show one rule as it is written
    Show {
        #[arg(help = "A rule", value_name = "RULE")]
        name: String,
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum Patches {
    /// List the patches, those of the project first
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum Policies {
    /// List the policies and their waivers, those of the project first
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum Targets {
    /// List the targets
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
    /// Show the options and slots of a target, and what it can express of Score
    Show {
        #[arg(help = "A target", value_name = "TARGET")]
        name: String,
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Subcommand)]
pub enum Envs {
    /// List the environments
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Text, help = "How it is printed")]
        format: ListFormat,
    },
}

#[derive(Debug, Args)]
pub struct Completions {
    #[arg(value_enum, help = "The shell")]
    pub shell: clap_complete::Shell,
}
