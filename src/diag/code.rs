//! The closed list of diagnostic codes.
//!
//! A code is a stable kebab-case name. Each has a smallest case under `tests/` and a section in the book; a
//! test holds both. A name that appeared in a release is never given another meaning.

macro_rules! codes {
    ($($variant:ident = $id:literal,)*) => {
        /// What kind of problem this is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code { $(#[doc = concat!("`", $id, "`")] $variant,)* }

        impl Code {
            /// Every code, in the order of the book.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable name, as printed and as the book's heading.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Code::$variant => $id,)* }
            }
        }
    };
}

codes! {
    // Reading files.
    FileUnreadable = "file-unreadable",
    FileTooLarge = "file-too-large",
    FileNotUtf8 = "file-not-utf8",
    PathOutsideProject = "path-outside-project",
    // YAML.
    YamlSyntax = "yaml-syntax",
    YamlEmpty = "yaml-empty",
    YamlDuplicateKey = "yaml-duplicate-key",
    YamlSeveralDocuments = "yaml-several-documents",
    YamlLimit = "yaml-limit",
    // Score.
    ScoreUnknownKey = "score-unknown-key",
    ScoreMissingKey = "score-missing-key",
    ScoreWrongType = "score-wrong-type",
    ScoreBadValue = "score-bad-value",
    ScoreUpgraded = "score-upgraded",
    ScoreOverride = "score-override",
    ScorePlaceholder = "score-placeholder",
    ScoreUnknownResource = "score-unknown-resource",
    ScoreBefore = "score-before",
    ScoreDuplicateWorkload = "score-duplicate-workload",
    // KDL definitions.
    KdlSyntax = "kdl-syntax",
    KdlLimit = "kdl-limit",
    KdlUnknownNode = "kdl-unknown-node",
    KdlMissingNode = "kdl-missing-node",
    KdlDuplicate = "kdl-duplicate",
    KdlBadValue = "kdl-bad-value",
    // Expressions.
    ExprSyntax = "expr-syntax",
    ExprUnknownName = "expr-unknown-name",
    ExprUnknownFunction = "expr-unknown-function",
    ExprFailed = "expr-failed",
    ExprLimit = "expr-limit",
    RuleFailed = "rule-failed",
    // Definitions against each other.
    EnvironmentUnknown = "environment-unknown",
    TargetUnknown = "target-unknown",
    TargetOption = "target-option",
    PackUnknown = "pack-unknown",
    NameUnknown = "name-unknown",
    RuleParam = "rule-param",
    RuleOutput = "rule-output",
    RuleSlot = "rule-slot",
    // Resolution.
    RuleMissing = "rule-missing",
    RuleAmbiguous = "rule-ambiguous",
    ParamUnknown = "param-unknown",
    ParamsConflict = "params-conflict",
    UnknownOutput = "unknown-output",
    DependencyCycle = "dependency-cycle",
    // External programs.
    RunRefused = "run-refused",
    RunFailed = "run-failed",
    RunSkipped = "run-skipped",
    StateUnusable = "state-unusable",
    StateLeftover = "state-leftover",
    // Output.
    CapabilityMissing = "capability-missing",
    AnnotationUnknown = "annotation-unknown",
    AnnotationValue = "annotation-value",
    ImageMissing = "image-missing",
    SlotConflict = "slot-conflict",
    SecretLeak = "secret-leak",
    FormatFailed = "format-failed",
    // What a platform adds and refuses.
    PatchFailed = "patch-failed",
    PatchUnused = "patch-unused",
    PolicyFailed = "policy-failed",
    WaiverUnused = "waiver-unused",
    // Writing files.
    OutputForeignFile = "output-foreign-file",
    OutputUnwritable = "output-unwritable",
    OutputBusy = "output-busy",
    // Tests of packs.
    TestCase = "test-case",
    TestUncovered = "test-uncovered",
    // The project's key.
    KeyUnusable = "key-unusable",
}
