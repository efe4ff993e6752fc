//! What is to be created: files with their texts, from the templates beside this file.

/// Everything that one `scorec new` creates.
pub struct Draft {
    pub files: Vec<DraftFile>,
    /// The folder of the pack that the project is to use.
    pub uses: Option<String>,
    pub case: Option<Case>,
    /// What to do now, where there is no case.
    pub next: String,
}

/// Whether a file may be there before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    New,
    /// It serves others too, and stays as it is.
    Shared,
}

pub struct DraftFile {
    /// Relative to the project's root.
    pub path: String,
    pub text: String,
    /// In words.
    pub what: &'static str,
    pub kind: Kind,
}

/// The case of a draft.
pub struct Case {
    /// The folder of its pack.
    pub pack: String,
    pub name: String,
    pub environment: String,
}

impl Case {
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/tests/{}", self.pack, self.name)
    }
}

/// A template with its names filled in: `__NAME__` and its like.
#[must_use]
pub fn filled(template: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("__{name}__"), value))
}

impl DraftFile {
    #[must_use]
    pub fn new(path: String, text: String, what: &'static str) -> Self {
        DraftFile { path, text, what, kind: Kind::New }
    }
}

impl Draft {
    /// A pack of one target.
    #[must_use]
    pub fn target(name: &str) -> Draft {
        let folder = format!("targets/{name}");
        let fill = |template: &str| filled(template, &[("NAME", name)]);
        let case = Case { pack: folder.clone(), name: "hello".to_owned(), environment: name.to_owned() };
        Draft {
            files: vec![
                DraftFile::new(format!("{folder}/pack.kdl"), fill(include_str!("target/pack.kdl")), "makes it a pack"),
                DraftFile::new(format!("{folder}/target.kdl"), fill(include_str!("target/target.kdl")), "the target"),
                DraftFile::new(
                    format!("{}/score.yaml", case.folder()),
                    include_str!("target/score.yaml").to_owned(),
                    "a case for it",
                ),
            ],
            uses: Some(folder),
            next: format!("`scorec build --env {name}`"),
            case: Some(case),
        }
    }

    /// A target of scorec itself.
    #[must_use]
    pub fn library_target(name: &str) -> Draft {
        let text = filled(include_str!("target/target.kdl"), &[("NAME", name)]);
        Draft {
            files: vec![DraftFile::new(format!("targets/{name}/target.kdl"), text, "the target")],
            uses: None,
            case: None,
            next: format!(
                "`SCOREC_LIBRARY=$PWD scorec build --env {name}` in a project, and a page in book/src/targets"
            ),
        }
    }

    #[must_use]
    pub fn pack(name: &str, folder: &str, target: &str, is_used: bool) -> Draft {
        let fill = |template: &str| filled(template, &[("NAME", name), ("TARGET", target)]);
        let case = Case { pack: folder.to_owned(), name: "mail".to_owned(), environment: "staging".to_owned() };
        Draft {
            files: vec![
                DraftFile::new(format!("{folder}/pack.kdl"), fill(include_str!("pack/pack.kdl")), "the pack"),
                DraftFile::new(
                    format!("{folder}/mail.kdl"),
                    fill(include_str!("pack/mail.kdl")),
                    "a resource type and its rule",
                ),
                DraftFile::new(
                    format!("{}/score.yaml", case.folder()),
                    include_str!("pack/score.yaml").to_owned(),
                    "a case for it",
                ),
            ],
            uses: is_used.then(|| folder.to_owned()),
            next: "`scorec build --env staging`".to_owned(),
            case: Some(case),
        }
    }
}
